import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { X509Certificate } from 'node:crypto';
import { Authority, commonName, PkiError } from './authority.ts';
import { checkPair, type Problem } from './check-pair.ts';
import type { CommandLine } from './command-line.ts';
import { pkiPlaces, type PkiPlaces } from './places.ts';
import { writeFile } from './write-file.ts';

const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;

/** What a command says, and whether all is well. */
export interface Result {
  readonly text: string;
  readonly ok: boolean;
}

export type Command = (line: CommandLine, places: PkiPlaces) => Promise<Result> | Result;

const done = (...lines: string[]): Result => ({ text: `${lines.join('\n')}\n`, ok: true });

async function ca({ name, days, operands }: CommandLine, places: PkiPlaces): Promise<Result> {
  requireOperands('ca', operands, 0);
  const authority = await Authority.create(places, name ?? `lxvirtd on ${hostname()}`, days ?? AUTHORITY_DAYS);
  return done(`The authority '${authority.organization}' is in ${places.authority.certificate}`);
}

async function server({ operands, days, out }: CommandLine, places: PkiPlaces): Promise<Result> {
  const hosts = operands.length === 0 ? [hostname()] : operands.map(hostOf);
  const [name = ''] = hosts;
  const authority = Authority.open(places);
  const target = out === null ? places : pkiPlaces(out);
  await authority.issueTo(target.server, { use: 'server', name, hosts, days: days ?? CERTIFICATE_DAYS });
  if (out !== null) giveAuthority(authority, target);
  return done(`The server certificate for ${hosts.join(', ')} is in ${target.server.certificate}`);
}

async function client({ operands, days, out }: CommandLine, places: PkiPlaces): Promise<Result> {
  requireOperands('client', operands, 1);
  const name = nameOf(operands[0] ?? '');
  const authority = Authority.open(places);
  const target = out === null ? places : pkiPlaces(out);
  await authority.issueTo(target.client, { use: 'client', name, hosts: [], days: days ?? CERTIFICATE_DAYS });
  if (out !== null) giveAuthority(authority, target);
  return done(`The client certificate for '${name}' is in ${target.client.certificate}`);
}

/** What a host needs to know whom its authority trusts; never the authority's key. */
function giveAuthority(authority: Authority, places: PkiPlaces): void {
  writeFile(places.authority.certificate, authority.certificate, 'public');
  writeFile(places.authority.revocationList, authority.revocationList, 'public');
}

function show({ operands }: CommandLine, places: PkiPlaces): Result {
  requireOperands('show', operands, 0);
  const authority = Authority.open(places);
  const rows = authority.issued().map(({ name, certificate, revoked }) => {
    const end = certificate.validToDate.toISOString().slice(0, 10);
    return `${certificate.serialNumber}  ${end}  ${revoked ? 'revoked' : 'valid  '}  ${name}`;
  });
  return done(`authority '${authority.organization}'`, ...rows);
}

function check({ operands }: CommandLine, places: PkiPlaces): Result {
  requireOperands('check', operands, 0);
  const authority = places.authority.certificate;
  const present = (['server', 'client'] as const).filter(use => existsSync(places[use].certificate));
  if (present.length === 0) throw new PkiError(`neither ${places.server.certificate} nor a client's is there`);
  const problems = present.flatMap(use => checkPair({ ...places[use], use, authority, hosts: [hostname()] }));
  const ok = problems.every(({ severity }) => severity === 'warning');
  return { text: `${[...problems.map(told), ok ? 'ok' : 'not usable'].join('\n')}\n`, ok };
}

const told = ({ severity, text }: Problem): string => `${severity}: ${text}`;

async function renew({ operands, days }: CommandLine, places: PkiPlaces): Promise<Result> {
  requireOperands('renew', operands, 1);
  const [use] = operands;
  if (use !== 'server' && use !== 'client') throw new PkiError("renew: 'server' or 'client'");
  const authority = Authority.open(places);
  const { certificate: path } = places[use];
  if (!existsSync(path)) throw new PkiError(`${path} is missing: there is nothing to renew`);
  const present = new X509Certificate(readFileSync(path));
  await authority.issueTo(places[use], {
    use,
    name: commonName(present),
    hosts: hostsOf(present),
    days: days ?? CERTIFICATE_DAYS,
  });
  return done(`${path} is new. A running daemon reads it with: virt-admin server-update-tls libvirtd`);
}

async function revoke({ operands }: CommandLine, places: PkiPlaces): Promise<Result> {
  requireOperands('revoke', operands, 1);
  const revoked = await Authority.open(places).revoke(operands[0] ?? '');
  return done(
    ...revoked.map(({ name, certificate }) => `revoked: ${certificate.serialNumber} ${name}`),
    `Copy ${places.authority.revocationList} to every host; a daemon reads it with: virt-admin server-update-tls libvirtd`,
  );
}

async function trial(line: CommandLine, places: PkiPlaces): Promise<Result> {
  requireOperands('try', line.operands, 0);
  const hosts = [hostname(), 'localhost', '127.0.0.1', '::1'];
  const results = [
    await ca(line, places),
    await server({ ...line, operands: hosts, out: null }, places),
    await client({ ...line, operands: ['root'], out: null }, places),
  ];
  return done(...results.map(({ text }) => text.trimEnd()), `Try: virsh -c lxc://${hostname()}/system list`);
}

export const commands: Readonly<Record<string, Command>> = {
  ca,
  server,
  client,
  show,
  check,
  renew,
  revoke,
  try: trial,
};

function requireOperands(command: string, operands: readonly string[], count: number): void {
  if (operands.length === count) return;
  throw new PkiError(count === 0 ? `${command} takes no operand` : `${command} takes one operand`);
}

function hostOf(text: string): string {
  if (isIP(text) !== 0 || /^(?=.{1,253}$)[A-Za-z0-9_*]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(text)) return text;
  throw new PkiError(`'${text}' is neither a host name nor an address`);
}

function nameOf(text: string): string {
  if (/^[\p{L}\p{N}@._ -]{1,64}$/u.test(text)) return text;
  throw new PkiError(`'${text}' cannot be the name of a client`);
}

/** "DNS:a, IP Address:1.2.3.4" */
const hostsOf = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName
    .split(', ')
    .map(entry => /^(?:DNS|IP Address):(.*)$/.exec(entry)?.[1] ?? '')
    .filter(host => host !== '');
