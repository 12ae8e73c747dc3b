import { attributeOf, childOf, childrenOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import type { DiskDevice, DomainDevices } from './definition.ts';
import { normalPart } from './device-parts.ts';
import { diskNumber } from './disk.ts';
import { internalError, unsupported } from './errors.ts';
import { deviceForms } from './forms.ts';

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

const set = (element: XmlElement, values: Readonly<Record<string, string | null>>): XmlElement => ({
  ...element,
  attributes: [
    ...element.attributes.filter(({ name }) => !(name in values)),
    ...Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
  ],
});

const attributesInOrder = (element: XmlElement, names: string): XmlElement => ({
  ...element,
  attributes: names.split(' ').flatMap(name => {
    const value = attributeOf(element, name);
    return value === null ? [] : [{ name, value }];
  }),
});

const graphicsOrder =
  'type port tlsPort autoport websocket socket listen keymap sharePolicy defaultMode fullscreen multiUser ' +
  'replaceUser display xauth passwd passwdValidTo connected';

/** Remote graphics always say where they listen, and whether their port is chosen at start. */
function graphics(element: XmlElement): XmlElement {
  const type = attributeOf(element, 'type');
  if (type !== 'vnc' && type !== 'spice' && type !== 'rdp') return attributesInOrder(element, graphicsOrder);
  const socket = attributeOf(element, 'socket');
  const listens = childrenOf(element, 'listen');
  const address =
    attributeOf(element, 'listen') ?? (listens[0] === undefined ? null : attributeOf(listens[0], 'address'));
  const listen =
    socket !== null
      ? xmlElement('listen', { type: 'socket', socket })
      : (listens[0] ?? xmlElement('listen', { type: 'address', address }));
  const automatic = type === 'vnc' && (attributeOf(element, 'port') ?? '-1') === '-1';
  const ports =
    socket !== null || type !== 'vnc'
      ? {}
      : { port: automatic ? '-1' : attributeOf(element, 'port'), autoport: automatic ? 'yes' : 'no' };
  const others = element.children.filter(child => !isElement(child) || child.name !== 'listen');
  const said = set(element, { ...ports, listen: address });
  return { ...attributesInOrder(said, graphicsOrder), children: [listen, ...listens.slice(1), ...others] };
}

/** KiB of video memory that a model has when the document does not say. */
const videoMemory: Readonly<Record<string, string>> = {
  vga: '16384',
  cirrus: '16384',
  vmvga: '16384',
  bochs: '16384',
  qxl: '65536',
  xen: '4096',
};

/** Sizes are rounded up to a power of two. */
const powerOfTwo = (text: string): string => String(2 ** Math.ceil(Math.log2(Math.max(Number(text) || 1, 1024))));

function video(element: XmlElement): XmlElement {
  const model = childOf(element, 'model');
  const type = model === null ? null : attributeOf(model, 'type');
  if (model === null || type === null) throw internalError('missing video model and cannot determine default');
  const vram = attributeOf(model, 'vram');
  const memory = vram === null ? (videoMemory[type] ?? null) : powerOfTwo(vram);
  const whole = set(model, {
    ram: type === 'qxl' ? (attributeOf(model, 'ram') ?? '65536') : attributeOf(model, 'ram'),
    vram: memory,
    heads: attributeOf(model, 'heads') ?? '1',
  });
  const shown = attributesInOrder(whole, 'type ram vram vram64 vgamem heads primary blob');
  return { ...element, children: element.children.map(child => (child === model ? shown : child)) };
}

function isPrimary(element: XmlElement): boolean {
  const model = childOf(element, 'model');
  return model !== null && attributeOf(model, 'primary') === 'yes';
}

const shmem = (element: XmlElement): XmlElement =>
  childOf(element, 'model') === null
    ? { ...element, children: [xmlElement('model', { type: 'ivshmem' }), ...element.children] }
    : element;

function watchdog(element: XmlElement): XmlElement {
  if (attributeOf(element, 'model') === null) throw internalError('watchdog must contain model name');
  return element;
}

/** The first video device is the primary one. */
function primaryVideo(foreign: XmlElement[]): XmlElement[] {
  const first = foreign.find(({ name }) => name === 'video');
  if (first === undefined || foreign.some(element => element.name === 'video' && isPrimary(element))) return foreign;
  const children = first.children.map(child =>
    isElement(child) && child.name === 'model'
      ? attributesInOrder(set(child, { primary: 'yes' }), 'type ram vram vram64 vgamem heads primary blob')
      : child,
  );
  return foreign.map(element => (element === first ? { ...first, children } : element));
}

/** Serial and parallel ports without a number get the next one. */
const portless = (element: XmlElement): XmlElement =>
  childOf(element, 'target') === null
    ? { ...element, children: [...element.children, xmlElement('target', {})] }
    : element;

/** Ports of serial and parallel devices and indexes of controllers, counted up where they are left out. */
function numbered(foreign: readonly XmlElement[]): XmlElement[] {
  const next = new Map<string, number>();
  const take = (kind: string, given: string | null): string => {
    const number = given === null || given === '-1' ? (next.get(kind) ?? 0) : Number(given);
    next.set(kind, Math.max(next.get(kind) ?? 0, number + 1));
    return String(number);
  };
  return foreign.map(element => {
    if (element.name === 'controller') {
      const index = take(`controller ${attributeOf(element, 'type') ?? ''}`, attributeOf(element, 'index'));
      return attributesInOrder(
        set(element, { index }),
        'type index model vectors ports maxGrantFrames maxEventChannels',
      );
    }
    if (element.name !== 'serial' && element.name !== 'parallel') return element;
    return {
      ...element,
      children: element.children.map(child =>
        isElement(child) && child.name === 'target'
          ? attributesInOrder(set(child, { port: take(element.name, attributeOf(child, 'port')) }), 'type port')
          : child,
      ),
    };
  });
}

/** Drive addresses: how many units a bus has, and how many buses a controller. */
const drives: Readonly<Record<string, { units: number; buses: number }>> = {
  ide: { units: 2, buses: 2 },
  fdc: { units: 2, buses: 1 },
  scsi: { units: 7, buses: 1 },
  sata: { units: 6, buses: 1 },
};

/** A disk on a bus of drives has the address that its name stands for. */
function addressed(disk: DiskDevice): DiskDevice {
  const drive = drives[disk.bus];
  if (drive === undefined || disk.foreign.some(({ name }) => name === 'address')) return disk;
  const number = diskNumber(disk.target);
  const address = xmlElement('address', {
    type: 'drive',
    controller: String(Math.floor(number / (drive.units * drive.buses))),
    bus: String(Math.floor(number / drive.units) % drive.buses),
    target: '0',
    unit: String(number % drive.units),
  });
  return { ...disk, foreign: [...disk.foreign, address] };
}

/** Controllers that devices need and the document does not name, from 0 up to the highest. */
function withControllers(foreign: XmlElement[], disks: readonly DiskDevice[]): XmlElement[] {
  const there = new Set(foreign.filter(({ name }) => name === 'controller').map(controllerKey));
  const added: XmlElement[] = [];
  for (const [type, highest] of neededControllers(foreign, disks))
    for (let index = 0; index <= highest; index++) {
      const controller = xmlElement('controller', { type, index: String(index) });
      if (!there.has(controllerKey(controller))) added.push(controller);
    }
  return [...foreign, ...added];
}

const controllerKey = (element: XmlElement): string =>
  `${attributeOf(element, 'type') ?? ''} ${attributeOf(element, 'index') ?? ''}`;

/** The highest number of each type of controller. */
function neededControllers(foreign: readonly XmlElement[], disks: readonly DiskDevice[]): Map<string, number> {
  const needed = new Map<string, number>();
  const need = (type: string, index: number): void => {
    needed.set(type, Math.min(MAX_CONTROLLER, Math.max(needed.get(type) ?? 0, index)));
  };
  for (const { bus, foreign: parts } of disks) {
    const address = parts.find(({ name }) => name === 'address');
    if (drives[bus] !== undefined && address !== undefined)
      need(bus, Number(attributeOf(address, 'controller') ?? 0) || 0);
  }
  if (foreign.some(element => element.name === 'channel' && isVirtioChannel(element))) need('virtio-serial', 0);
  return needed;
}

const MAX_CONTROLLER = 255;

const isVirtioChannel = (element: XmlElement): boolean => {
  const target = childOf(element, 'target');
  return target !== null && attributeOf(target, 'type') === 'virtio';
};

const completions: Readonly<Record<string, (element: XmlElement) => XmlElement>> = {
  graphics,
  video,
  shmem,
  watchdog,
  serial: element => portless(element),
  parallel: element => portless(element),
};

function completed(element: XmlElement): XmlElement {
  return completions[element.name]?.(element) ?? element;
}
