import { attributeOf, childOf, childrenOf, isElement, xmlElement, type XmlElement } from '../tree.ts';
import { attributesInOrder, withAttributes } from './attributes.ts';
import { internalError } from './errors.ts';

const graphicsOrder =
  'type port tlsPort autoport websocket socket listen keymap sharePolicy defaultMode fullscreen multiUser ' +
  'replaceUser display xauth passwd passwdValidTo connected';

/** Remote graphics always say where they listen, and whether their port is chosen at start. */
export function graphics(element: XmlElement): XmlElement {
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
  const said = withAttributes(element, { ...ports, listen: address });
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

export function video(element: XmlElement): XmlElement {
  const model = childOf(element, 'model');
  const type = model === null ? null : attributeOf(model, 'type');
  if (model === null || type === null) throw internalError('missing video model and cannot determine default');
  const vram = attributeOf(model, 'vram');
  const memory = vram === null ? (videoMemory[type] ?? null) : powerOfTwo(vram);
  const whole = withAttributes(model, {
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

/** The first video device is the primary one. */
export function primaryVideo(foreign: XmlElement[]): XmlElement[] {
  const first = foreign.find(({ name }) => name === 'video');
  if (first === undefined || foreign.some(element => element.name === 'video' && isPrimary(element))) return foreign;
  const children = first.children.map(child =>
    isElement(child) && child.name === 'model'
      ? attributesInOrder(withAttributes(child, { primary: 'yes' }), 'type ram vram vram64 vgamem heads primary blob')
      : child,
  );
  return foreign.map(element => (element === first ? { ...first, children } : element));
}
