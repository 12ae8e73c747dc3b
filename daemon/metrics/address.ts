import { BlockList, isIP } from 'node:net';

/** Where metrics are served. */
export type MetricsAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const LOOPBACK = '127.0.0.1';

/**
 * Reads metrics_listen: "unix:/path", "127.0.0.1:9177", "[::1]:9177", "localhost:9177", or a port alone, of loopback. Names of
 * other hosts are not looked up, and no address stands for all unless it is written out. Throws an Error that says what is wrong.
 */
export function parseMetricsAddress(text: string): MetricsAddress {
  if (text.startsWith('unix:')) return { kind: 'unix', path: pathOf(text.slice('unix:'.length)) };
  const [, host = LOOPBACK, digits = ''] = /^(?:(.+):)?(\d{1,5})$/s.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port < 1 || port > 65_535) throw new Error(`'${text}' names no port: 127.0.0.1:9177 would`);
  return { kind: 'tcp', host: hostOf(host), port };
}

function pathOf(path: string): string {
  if (path.startsWith('/') && !path.includes('\0')) return path;
  throw new Error(`'${path}' is no absolute path of a socket`);
}

function hostOf(text: string): string {
  if (text === 'localhost') return LOOPBACK;
  const bare = /^\[(.*)\]$/s.exec(text)?.[1];
  if (bare === undefined ? isIP(text) === 4 : isIP(bare) === 6) return bare ?? text;
  throw new Error(`'${text}' is no address: 192.0.2.1 or [2001:db8::1] would be`);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Only this host's users can reach it. */
export const isLocal = (address: MetricsAddress): boolean =>
  address.kind === 'unix' || loopback.check(address.host, isIP(address.host) === 6 ? 'ipv6' : 'ipv4');

export const addressText = (address: MetricsAddress): string => {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${isIP(address.host) === 6 ? `[${address.host}]` : address.host}:${address.port}`;
};
