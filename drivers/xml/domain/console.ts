import { attribute } from '../describe/attribute.ts';
import { child } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { liveOnly, ordered, record, type Part } from '../describe/part.ts';
import { oneOf, string, unsigned } from '../describe/text.ts';
import { attributeOf, childOf, xmlElement, type XmlElement } from '../tree.ts';
import type { ConsoleDevice } from './definition.ts';
import { runningAlias } from './device-parts.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { characterForms } from './forms.ts';

const types = 'null vc pty dev file pipe stdio udp tcp unix spicevmc spiceport nmdm qemu-vdagent dbus'.split(' ');

const targetTypes = ['none', 'serial', 'xen', 'uml', 'virtio', 'lxc', 'openvz', 'sclp', 'sclplm'];

const target = child(
  'target',
  record({
    type: attribute(
      'type',
      oneOf(targetTypes, text => unsupported(`unknown target type '${text}' specified for character device`)),
    ),
    port: attribute(
      'port',
      unsigned(0xffff_ffff, text => xmlError(`Invalid port number: ${text}`)),
    ),
  }),
);

const body = record({ target, alias: runningAlias, foreign: foreign(characterForms) });

const type = attribute(
  'type',
  oneOf(types, text => unsupported(`unknown type presented to host for character device: ${text}`)),
);

const tty = liveOnly(attribute('tty', string));

/** Types that are connected to a path. */
const needsPath = new Set(['dev', 'file', 'pipe', 'unix']);

const sourcePath = (from: XmlElement): string | null => {
  const source = childOf(from, 'source');
  return source === null ? null : attributeOf(source, 'path');
};

/** `<console>`; its port is its place among the domain's consoles, whatever the document says. */
export const consoleDevice: Part<ConsoleDevice> = ordered(
  {
    read(from, mode) {
      const kind = type.read(from, mode) ?? 'pty';
      const path = sourcePath(from);
      if (needsPath.has(kind) && path === null && kind !== 'unix')
        throw internalError('Missing source path attribute for char device');
      const { target: to, alias, foreign: echoed } = body.read(from, mode);
      const pty = kind === 'pty';
      return {
        type: kind,
        tty: tty.read(from, mode) ?? (pty && mode.live ? path : null),
        targetType: to?.type ?? 'lxc',
        targetPort: to?.port ?? 0,
        alias,
        foreign: echoed.filter(({ name }) => name !== 'source' || !pty),
      };
    },
    write(value, to, mode) {
      const { tty: path, targetType, targetPort, alias } = value;
      type.write(value.type, to, mode);
      if (targetPort === 0) tty.write(path, to, mode);
      if (mode.live && path !== null) to.children.push(xmlElement('source', { path }));
      body.write({ target: { type: targetType, port: targetPort }, alias, foreign: value.foreign }, to, mode);
    },
  },
  ['source', 'protocol', 'log', 'target', 'alias', 'address'],
);

/** Consoles as a domain has them: numbered, and only the first may stand for a serial port. */
export function numberedConsoles(consoles: ConsoleDevice[]): ConsoleDevice[] {
  return consoles.map((device, port) => {
    if (port > 0 && device.targetType === 'serial') throw unsupported('Only the first console can be a serial port');
    return { ...device, targetPort: port };
  });
}
