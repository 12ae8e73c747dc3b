import type { Images } from '../images/images.ts';
import { LoopDevices, type AttachedTo } from './block-device.ts';

/** Where the images of a running domain are attached, as it is when the first is asked for. */
export function attachedImages(images: Images, domain: string): AttachedTo {
  let loops: LoopDevices | null = null;
  return file => images.deviceOf(domain, file) ?? (loops ??= new LoopDevices()).of(file);
}
