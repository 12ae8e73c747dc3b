/**
 * A container hides the interfaces that it has on a link of its host before they are detached, one after the other. The
 * host is a network namespace that this process has for itself. Prints the links that are left inside each time, as JSON.
 */
import { DomainDeviceModifyFlags, DomainInterfaceAddressesSource } from '../../contract/constants.ts';
import { createVeth } from '../../../native/network/create-link.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

const { AGENT } = DomainInterfaceAddressesSource;

for (const lower of ['one', 'two'])
  createVeth({ name: lower, up: true, peer: { name: `${lower}-end`, pid: process.pid } });

const direct = (lower: string, mac: string): string =>
  `<interface type='direct'><mac address='${mac}'/><source dev='${lower}' mode='bridge'/></interface>`;
const first = direct('one', '52:54:00:00:00:01');
const second = direct('one', '52:54:00:00:00:02');
const third = direct('two', '52:54:00:00:00:03');
// A macvlan of a macvlan is one of what that lies on.
const script = `cd /; for n in 0 1; do ip link set eth$n down; done
  ip link set eth0 name hidden; ip link set eth1 name eth0; ip link set hidden address 52:54:00:00:00:09
  ip link add link hidden name clone type macvlan mode bridge; ip link add other type veth peer name end
  ip link add link other name inner type macvlan; echo DONE; sleep 1000`;

const fixture = await DriverFixture.start();
const { driver, caller } = fixture;
const devices = `${first}${second}${third}`;
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
await fixture.remove();
process.stdout.write(JSON.stringify(left));
