/**
 * A container that is limited to one address of its host, which is a network namespace that this process has for
 * itself. Prints what the container's sockets may do, and whether the host reaches it, as JSON.
 */
import { readFileSync } from 'node:fs';
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

const guest = guestElement({ hostAddresses: ['10.9.0.1'] });
const elements = `<metadata>${guest === null ? '' : formatVerbatim(guest, 0)}</metadata>`;
const script = readFileSync(join(import.meta.dirname, 'host-addresses.py'), 'utf8').replaceAll('&', '&amp;');
const os = `<initarg>-c</initarg><initarg>${script}</initarg>`;

const fixture = await DriverFixture.start();
const { driver, caller } = fixture;
const uuid = '4d4d0000-0000-4000-8000-000000000001';
const definition = domainXml({ name: 'vs', uuid, init: '/usr/bin/python3', os, elements });
await driver.domainDefineXmlFlags(definition, 0);
const ref = await driver.domainCreateWithFlags(caller, driver.domainLookupByName('vs'), [], 0);
const terminal = await driver.domainOpenConsole(ref, null, 0);
let said = '';
terminal.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
await until('the container has tried', () => said.includes('DONE'));
await until('it has ended', () => !driver.domainIsActive(ref));

const ofItsOwn = domainXml({ name: 'own', elements: `${elements}<features><privnet/></features>` });
const refusal: unknown = await driver.domainCreateXml(caller, ofItsOwn, [], 0).catch((error: unknown) => error);
await fixture.remove();
process.stdout.write(
  JSON.stringify({
    inside: JSON.parse(said.slice(0, said.indexOf('DONE'))),
    refusal: refusal instanceof LibvirtError ? refusal.message : null,
  }),
);
