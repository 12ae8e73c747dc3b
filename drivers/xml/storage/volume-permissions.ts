import { textChild } from '../describe/element.ts';
import { record, type Part } from '../describe/part.ts';
import { string, type Text } from '../describe/text.ts';
import type { Draft } from '../describe/part.ts';
import { xmlElement } from '../tree.ts';
import { xmlError } from './errors.ts';
import type { VolumePermissions, VolumeTimestamps } from './volume-definition.ts';

/** Octal, and nothing but permission bits. */
const octalMode: Text<number> = {
  parse(text) {
    const mode = /^0*[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : null;
    if (mode === null || mode > 0o7777) throw xmlError('malformed octal mode');
    return mode;
  },
  format: value => `0${value.toString(8).padStart(3, '0')}`,
};

/** A numeric user or group; -1 is nobody in particular. */
const id = (element: 'owner' | 'group'): Part<number | null> => {
  const text: Text<number | null> = {
    parse(value) {
      if (value === '-1') return null;
      if (!/^[0-9]{1,10}$/.test(value) || Number(value) >= 0xffff_ffff) throw xmlError(`malformed ${element} element`);
      return Number(value);
    },
    format: String,
  };
  return textChild(element, text);
};

/** `<permissions>` of volumes and pools. */
export const permissions: Part<VolumePermissions> = record({
  mode: textChild('mode', octalMode),
  owner: id('owner'),
  group: id('group'),
  label: textChild('label', string),
});

const SECOND = 1_000_000_000n;

/** libvirt's form: seconds, and a fraction of nine digits unless it is zero. */
function timestamp(value: bigint): string {
  const fraction = value % SECOND;
  const seconds = String(value / SECOND);
  return fraction === 0n ? seconds : `${seconds}.${String(fraction).padStart(9, '0')}`;
}

/** `<timestamps>`: told, never taken from a document. */
export const timestamps: Part<VolumeTimestamps | null> = {
  read: () => null,
  write(value, to: Draft) {
    if (value === null) return;
    const parts = (['atime', 'mtime', 'ctime', 'btime'] as const).map(name =>
      xmlElement(name, {}, [timestamp(value[name])]),
    );
    to.children.push(xmlElement('timestamps', {}, parts));
  },
};
