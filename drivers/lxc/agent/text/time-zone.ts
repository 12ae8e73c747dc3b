import { zoneByRule } from './zone-rule.ts';

/** A time zone at one moment. */
export interface Zone {
  /** "CET", "UTC", "-03" */
  readonly name: string;
  /** Seconds east of Greenwich. */
  readonly offset: number;
}

export const UTC: Zone = { name: 'UTC', offset: 0 };

const HEADER = 44;

/** How many of each there are, in the header's order, and the sizes in a block whose times have `timeSize` bytes. */
interface Block {
  readonly start: number;
  readonly timeSize: 4 | 8;
  readonly times: number;
  readonly types: number;
  readonly characters: number;
  readonly end: number;
}

/**
 * The zone that a file of tzfile(5) (RFC 8536) gives for a time in seconds since the epoch: from its table, and from
 * the rule behind it after the table's last change. Null when it is no such file.
 */
export function zoneAt(file: Buffer, time: number): Zone | null {
  try {
    const first = readBlock(file, 0, 4);
    if (first === null) return null;
    const block = file.readUInt8(4) >= 0x32 ? readBlock(file, first.end, 8) : first;
    if (block === null) return null;
    return zoneOf(file, block, time);
  } catch (error) {
    // The counts promise more than there is.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readBlock(file: Buffer, at: number, timeSize: 4 | 8): Block | null {
  if (file.toString('latin1', at, at + 4) !== 'TZif') return null;
  const count = (index: number): number => file.readUInt32BE(at + 20 + index * 4);
  const [utc, standard, leaps, times, types, characters] = [0, 1, 2, 3, 4, 5].map(count);
  if (utc === undefined || standard === undefined || leaps === undefined) return null;
  if (times === undefined || types === undefined || characters === undefined) return null;
  const start = at + HEADER;
  const size = times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standard + utc;
  if (start + size > file.length) return null;
  return { start, timeSize, times, types, characters, end: start + size };
}

function zoneOf(file: Buffer, block: Block, time: number): Zone | null {
  const { start, timeSize, times, types } = block;
  const timeAt = (index: number): number =>
    timeSize === 4 ? file.readInt32BE(start + index * timeSize) : Number(file.readBigInt64BE(start + index * timeSize));
  let last = times - 1;
  while (last >= 0 && timeAt(last) > time) last -= 1;
  if (last === times - 1 && timeSize === 8) {
    const rule = /^\n([\x21-\x7e]{1,256})\n/.exec(file.toString('latin1', block.end, block.end + 258))?.[1];
    const zone = rule === undefined ? null : zoneByRule(rule, time);
    if (zone !== null) return zone;
  }
  const type = last < 0 ? 0 : file.readUInt8(start + times * timeSize + last);
  return type < types ? typeAt(file, block, type) : null;
}

/** ttinfo: seconds, whether it is summer time, where its name starts. */
function typeAt(file: Buffer, { start, timeSize, times, types, characters }: Block, type: number): Zone {
  const at = start + times * (timeSize + 1) + type * 6;
  const names = file.subarray(start + times * (timeSize + 1) + types * 6).subarray(0, characters);
  const name = names.toString('latin1', file.readUInt8(at + 5));
  return { name: /^[A-Za-z0-9+-]*/.exec(name)?.[0] ?? '', offset: file.readInt32BE(at) };
}
