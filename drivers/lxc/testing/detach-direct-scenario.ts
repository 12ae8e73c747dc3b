/**
 * A container hides the interfaces that it has on a link of its host before they are detached, one after the other, and puts
 * another link in the place of one that it was lent. The host is a network namespace that this process has for itself.
 * Prints the links that are left inside each time, and what came of the last, as JSON.
 */
import { DomainDeviceModifyFlags, DomainInterfaceAddressesSource } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { createVeth } from '../../../native/network/create-link.ts';
import { findLink } from '../../../native/network/links.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

const { AGENT } = DomainInterfaceAddressesSource;

for (const lower of ['one', 'two', 'lent'])
  createVeth({ name: lower, up: true, peer: { name: `${lower}-end`, pid: process.pid } });

const direct = (lower: string, mac: string): string =>
  `<interface type='direct'><mac address='${mac}'/><source dev='${lower}' mode='bridge'/></interface>`;
const first = direct('one', '52:54:00:00:00:01');
const second = direct('one', '52:54:00:00:00:02');
const third = direct('two', '52:54:00:00:00:03');
// A macvlan of a macvlan is one of what that lies on.
const script = `cd /; for n in 0 1; do ip link set eth$n down; done
  ip link set eth0 name hidden; ip link set eth1 name eth0; ip link set hidden address 52:54:00:00:00:09
  ip link add link hidden name clone type macvlan mode bridge; ip link set lent down; ip link set lent name taken; ip link add lent type veth peer name end
  ip link add link end name inner type macvlan; echo DONE; sleep 1000`;

const fixture = await DriverFixture.start();
const { driver, caller } = fixture;
const lent = `<hostdev mode='capabilities' type='net'><source><interface>lent</interface></source></hostdev>`;
const devices = `${first}${second}${third}${lent}`;
const ref = await driver.domainCreateXml(caller, domainXml({ name: 'n', devices, script }), [], 0);
const terminal = await driver.domainOpenConsole(ref, null, 0);
let said = '';
terminal.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
await until('the container has hidden them', () => said.includes('DONE'));
const left = [];
for (const device of [first, third, second]) {
  await driver.domainDetachDeviceFlags(ref, device, DomainDeviceModifyFlags.LIVE);
  const seen = await driver.domainInterfaceAddresses(ref, AGENT, 0);
  left.push(seen.map(({ name }) => name).toSorted());
}
const refusal: unknown = await driver
  .domainDetachDeviceFlags(ref, lent, DomainDeviceModifyFlags.LIVE)
  .catch((error: unknown) => error);
const onHost = findLink('lent') !== null;
await fixture.remove();
process.stdout.write(
  JSON.stringify({ left, refusal: refusal instanceof LibvirtError ? refusal.message : null, onHost }),
);
