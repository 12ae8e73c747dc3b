/**
 * Containers that are limited to addresses of their host, which is a network namespace that this process has for
 * itself. Prints what the sockets of one with one address may do, what of the host one with two addresses reaches, and
 * whether one with a network of its own is refused, as JSON.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { LibvirtError } from '../../contract/error.ts';
import { guestElement } from '../../xml/domain/guest-settings.ts';
import { formatVerbatim } from '../../xml/verbatim.ts';
import { addAddress } from '../../../native/network/addresses.ts';
import { setLinkUp } from '../../../native/network/links.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

setLinkUp('lo');
for (const address of ['10.9.0.1', '10.9.0.2']) addAddress('lo', { address, prefix: 32 });
addAddress('lo', { address: 'fd09::1', prefix: 128 });
// Its other end is down.
execFileSync('ip', ['link', 'add', 'idle', 'type', 'veth', 'peer', 'name', 'other']);
addAddress('idle', { address: '10.9.1.1', prefix: 24 });
setLinkUp('idle');
await until('it has no carrier', () => networkInterfaces()['idle'] === undefined);
const listeners = await Promise.all(['127.0.0.1', '::1', '10.9.1.1'].map(listen));

const uuid = '4d4d0000-0000-4000-8000-000000000001';
const fixture = await DriverFixture.start();
const { driver, caller } = fixture;

/** What a script says that is the only program of a container with these addresses. */
async function ask(addresses: readonly string[], script: string, ...args: readonly number[]): Promise<unknown> {
  const text = readFileSync(join(import.meta.dirname, script), 'utf8').replaceAll('&', '&amp;');
  const os = ['-c', text, ...args].map(word => `<initarg>${word}</initarg>`).join('');
  const definition = domainXml({ name: 'vs', uuid, init: '/usr/bin/python3', os, elements: limitedTo(addresses) });
  await driver.domainDefineXmlFlags(definition, 0);
  const ref = await driver.domainCreateWithFlags(caller, driver.domainLookupByName('vs'), [], 0);
  const terminal = await driver.domainOpenConsole(ref, null, 0);
  let said = '';
  terminal.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  await until('the container has tried', () => said.includes('DONE'));
  await until('it has ended', () => !driver.domainIsActive(ref));
  return JSON.parse(said.slice(0, said.indexOf('DONE')));
}

function limitedTo(hostAddresses: readonly string[]): string {
  const guest = guestElement({ hostAddresses });
  return `<metadata>${guest === null ? '' : formatVerbatim(guest, 0)}</metadata>`;
}

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer(socket => socket.destroy()).listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

const inside = await ask(['10.9.0.1'], 'host-addresses.py');
const ports = listeners.map(({ port }) => port);
const reached = await ask(['10.9.0.1', 'fd09:0::1'], 'host-addresses-reached.py', ...ports);
const ofItsOwn = domainXml({ name: 'own', elements: `${limitedTo(['10.9.0.1'])}<features><privnet/></features>` });
const refusal: unknown = await driver.domainCreateXml(caller, ofItsOwn, [], 0).catch((error: unknown) => error);
await fixture.remove();
for (const { server } of listeners) server.close();
process.stdout.write(
  JSON.stringify({ inside, reached, refusal: refusal instanceof LibvirtError ? refusal.message : null }),
);
