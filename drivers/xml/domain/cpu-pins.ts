import { normalBitmap } from '../bitmap.ts';
import { attributeOf, type XmlElement } from '../tree.ts';
import { internalError } from './errors.ts';

/** Pins in libvirt's form: lists of CPUs normalised, those of vCPUs sorted and unique. See pinned-cpus.ts for what they say. */
export function normalPins(elements: XmlElement[]): XmlElement[] {
  const pins = elements.filter(({ name }) => name === 'vcpupin').map(element => ({ element, vcpu: vcpuOf(element) }));
  pins.sort((a, b) => a.vcpu - b.vcpu);
  for (const [at, { vcpu }] of pins.entries())
    if (pins[at + 1]?.vcpu === vcpu) throw internalError(`duplicate vcpupin for vcpu '${vcpu}'`);
  const others = elements.filter(({ name }) => name !== 'vcpupin');
  return [...pins.map(({ element }) => element), ...others].map(withNormalCpuset);
}

function vcpuOf(element: XmlElement): number {
  const text = attributeOf(element, 'vcpu') ?? '';
  if (!/^\d{1,9}$/.test(text)) throw internalError('missing vcpu id in vcpupin');
  return Number(text);
}

function withNormalCpuset(element: XmlElement): XmlElement {
  if (!element.name.endsWith('pin')) return element;
  if (attributeOf(element, 'cpuset') === null) throw internalError(`missing cpuset for ${element.name}`);
  return {
    ...element,
    attributes: element.attributes.map(({ name, value }) =>
      name === 'cpuset' ? { name, value: normalBitmap(value) } : { name, value },
    ),
  };
}
