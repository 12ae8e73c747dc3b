import { invalidValue } from '../describe/text.ts';
import { attributeOf, childOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import { attributesInOrder, withAttributes } from './attributes.ts';
import type { DomainDevices } from './definition.ts';
import { normalPart } from './device-parts.ts';
import { addressed, withControllers } from './drives.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { deviceForms } from './forms.ts';
import { graphics, primaryVideo, video } from './graphics.ts';

/** What libvirt adds to devices that the LXC driver only keeps, so that its documents and ours are the same. */
export function completedDevices(devices: DomainDevices): DomainDevices {
  const foreign = devices.foreign.map(normalPart).map(completed);
  refuse(foreign);
  const disks = devices.disks.map(addressed);
  return { ...devices, disks, foreign: inOrder(primaryVideo(withControllers(numbered(foreign), disks))) };
}

const inOrder = (foreign: XmlElement[]): XmlElement[] =>
  foreign.sort((a, b) => (deviceForms.get(a.name)?.rank ?? 0) - (deviceForms.get(b.name)?.rank ?? 0));

/** One such device, on its own. */
export function completedDevice(device: XmlElement): XmlElement {
  if (device.name !== 'graphics') refuse([device]);
  return completed(normalPart(device));
}

function refuse(foreign: readonly XmlElement[]): void {
  for (const { name } of foreign) {
    if (name === 'input') throw internalError('Input devices are not supported by this virtualization driver.');
    if (name === 'redirdev') throw unsupported('cannot add redirected USB device: USB is disabled for this domain');
  }
  if (foreign.some(({ name }) => name === 'graphics') && !foreign.some(({ name }) => name === 'video'))
    throw internalError('missing video model and cannot determine default');
}

/** Serial and parallel ports have a target, for their number. */
const withTarget = (element: XmlElement): XmlElement =>
  childOf(element, 'target') === null
    ? { ...element, children: [...element.children, xmlElement('target', {})] }
    : element;

const shmem = (element: XmlElement): XmlElement =>
  childOf(element, 'model') === null
    ? { ...element, children: [xmlElement('model', { type: 'ivshmem' }), ...element.children] }
    : element;

function watchdog(element: XmlElement): XmlElement {
  if (attributeOf(element, 'model') === null) throw internalError('watchdog must contain model name');
  return element;
}

/** Ports of serial and parallel devices and indexes of controllers, counted up where they are left out. */
function numbered(foreign: readonly XmlElement[]): XmlElement[] {
  const next = new Map<string, number>();
  const take = (kind: string, element: XmlElement, attribute: string): string => {
    const given = attributeOf(element, attribute) ?? '-1';
    if (!/^(-1|\d{1,9})$/.test(given))
      throw element.name === 'target'
        ? xmlError(`Invalid port number: ${given}`)
        : invalidValue(given, { element, attribute }, ' Expected integer value');
    const number = given === '-1' ? (next.get(kind) ?? 0) : Number(given);
    next.set(kind, Math.max(next.get(kind) ?? 0, number + 1));
    return String(number);
  };
  const numberedTarget = (target: XmlElement, kind: string): XmlElement =>
    attributesInOrder(withAttributes(target, { port: take(kind, target, 'port') }), 'type port');
  return foreign.map(element => {
    if (element.name === 'controller') {
      const index = take(`controller ${attributeOf(element, 'type') ?? ''}`, element, 'index');
      return attributesInOrder(withAttributes(element, { index }), controllerOrder);
    }
    if (element.name !== 'serial' && element.name !== 'parallel') return element;
    return {
      ...element,
      children: element.children.map(child =>
        isElement(child) && child.name === 'target' ? numberedTarget(child, element.name) : child,
      ),
    };
  });
}

const controllerOrder = 'type index model vectors ports maxGrantFrames maxEventChannels';

const completions: Readonly<Record<string, (element: XmlElement) => XmlElement>> = {
  graphics,
  video,
  shmem,
  watchdog,
  serial: withTarget,
  parallel: withTarget,
};

function completed(element: XmlElement): XmlElement {
  return completions[element.name]?.(element) ?? element;
}
