import { ErrorCode, ErrorDomain } from '../../../contract/constants.ts';
import { LibvirtError } from '../../../contract/error.ts';

/** One `key = value` of a configuration, the key by its name of today's generation. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** As it was written. */
  readonly written: string;
}

/** Keys that have another name since LXC 2.1. */
const renamed = new Map([
  ['lxc.utsname', 'lxc.uts.name'],
  ['lxc.rootfs', 'lxc.rootfs.path'],
  ['lxc.tty', 'lxc.tty.max'],
  ['lxc.id_map', 'lxc.idmap'],
  ['lxc.mount', 'lxc.mount.fstab'],
  ['lxc.init_cmd', 'lxc.init.cmd'],
  ['lxc.init_uid', 'lxc.init.uid'],
  ['lxc.init_gid', 'lxc.init.gid'],
]);

/** Keys of an interface whose name within it has changed. */
const renamedInside = new Map([
  ['ipv4', 'ipv4.address'],
  ['ipv6', 'ipv6.address'],
]);

const PAST_NETWORK = 'lxc.network.';

/**
 * Reads LXC's own format. In its first generation `lxc.network.type` began a new interface; here it counts on, as
 * `lxc.net.N.type`. Throws libvirt's syntax error for a line that assigns nothing.
 */
export function readProperties(config: string): Property[] {
  let interfaces = -1;
  return assignments(config).map(({ name, value, written }) => {
    if (!name.startsWith(PAST_NETWORK)) return { key: renamed.get(name) ?? name, value, written };
    const inside = name.slice(PAST_NETWORK.length);
    if (inside === 'type' || interfaces < 0) interfaces++;
    return { key: `lxc.net.${interfaces}.${renamedInside.get(inside) ?? inside}`, value, written };
  });
}

function assignments(config: string): { name: string; value: string; written: string }[] {
  return config.split('\n').flatMap((line, at) => {
    const written = line.trim();
    if (written === '' || written.startsWith('#')) return [];
    const match = /^([\w.]+)\s*=\s*(.*)$/.exec(written);
    if (match === null) throw syntaxError(at + 1);
    const [, name = '', value = ''] = match;
    return [{ name, value: unquoted(value), written }];
  });
}

const unquoted = (value: string): string => /^(?:"(.*)"|'(.*)')$/.exec(value)?.slice(1).join('') ?? value;

function syntaxError(line: number): LibvirtError {
  const detail = `memory conf:${line}: expecting an assignment`;
  return new LibvirtError(ErrorCode.CONF_SYNTAX, ErrorDomain.CONF, `configuration file syntax error: ${detail}`, {
    str1: 'configuration file syntax error: %s',
    str2: detail,
  });
}
