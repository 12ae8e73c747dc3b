import { plainName } from '../../../native/cgroup/path.ts';

/** A machine's name is that of a host (RFC 1123, and underscores), of at most this many characters. */
const NAME_LIMIT = 64;

/** What systemd-machined calls a container. The number tells apart names that look the same without what no name may hold. */
export function machineName(number: number, domain: string): string {
  const plain = plainName(domain).replace(/[-.]*\.[-.]*/g, '.');
  return `lxc-${number}-${plain}`.slice(0, NAME_LIMIT).replace(/[-.]+$/, '');
}

/** A string as a part of a unit's name: "-" separates such parts. */
function escapeUnit(text: string): string {
  return [...Buffer.from(text)]
    .map((byte, at) => {
      const char = String.fromCharCode(byte);
      const isPlain = /[A-Za-z0-9:_.]/.test(char) && !(at === 0 && char === '.');
      return isPlain ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** "machine-lxc\x2d4711\x2dweb.scope" */
export function scopeName(machine: string): string {
  return `machine-${escapeUnit(machine)}.scope`;
}

/** The slice of a partition: "/machine" is machine.slice, "/production/eu" is production-eu.slice. */
export function sliceName(partition: string): string {
  const parts = partition
    .split('/')
    .filter(part => part !== '')
    .map(part => escapeUnit(part.replace(/\.(slice|partition)$/, '')));
  return parts.length === 0 ? '-.slice' : `${parts.join('-')}.slice`;
}
