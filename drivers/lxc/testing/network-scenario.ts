/**
 * A container with one interface of each kind, in a network namespace that this process has for itself. Prints what is
 * seen inside and outside as JSON. Argument: the container's root tree.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createBridge, createVeth } from '../../../native/network/create-link.ts';
import { findLink, setLinkUp } from '../../../native/network/links.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

const [root = ''] = process.argv.slice(2);
const MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03', '52:54:00:00:00:04'];

createBridge('lxbr');
setLinkUp('lxbr');
createVeth({ name: 'lower', up: true, peer: { name: 'upper', pid: process.pid } });

const devices = `
  <interface type='bridge'><mac address='${MACS[0]}'/><source bridge='lxbr'/><target dev='webhost'/>
    <ip address='10.1.2.3' prefix='24'/><route address='0.0.0.0' gateway='10.1.2.1'/><mtu size='1400'/>
    <bandwidth><inbound average='250' burst='64'/><outbound average='125'/></bandwidth><port isolated='yes'/></interface>
  <interface type='ethernet'><mac address='${MACS[1]}'/><guest dev='inner'/><link state='up'/><target dev='inhost'/>
    <source><ip address='10.9.9.1' prefix='30'/></source></interface>
  <interface type='direct'><mac address='${MACS[2]}'/><source dev='lower' mode='bridge'/>
    <ip address='fd00::5' prefix='64'/></interface>
  <interface type='ethernet'><mac address='${MACS[3]}'/><link state='down'/></interface>`;
const script = 'ip -o link; ip -o addr; ip route; echo DONE; sleep 1000';

const fixture = await DriverFixture.start();
const { driver, caller } = fixture;
const ref = await driver.domainCreateXml(caller, domainXml({ name: 'n', root, devices, script }), [], 0);
const terminal = await driver.domainOpenConsole(ref, null, 0);
let inside = '';
terminal.on('data', (chunk: Buffer) => (inside += chunk.toString('latin1')));
await until('the container has looked', () => inside.includes('DONE'));
const targets = [...driver.domainGetXmlDesc(ref, 0).matchAll(/<target dev='([^']*)'/g)].map(([, name = '']) => name);
const show = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const outside = {
  inside: inside.replaceAll('\r', ''),
  targets,
  ports: readdirSync('/sys/class/net/lxbr/brif'),
  limits: show('tc', 'class', 'show', 'dev', 'webhost') + show('tc', 'filter', 'show', 'dev', 'webhost', 'ingress'),
  port: show('bridge', '-details', 'link', 'show', 'dev', 'webhost'),
  hostAddresses: show('ip', '-o', 'addr', 'show', 'dev', 'inhost'),
  leases: await driver.domainInterfaceAddresses(ref, 0, 0),
  addresses: await driver.domainInterfaceAddresses(ref, 1, 0),
};
await driver.domainReboot(ref, 0);
await until('the container is back', () => !driver.connectListDomains().every(id => id === ref.id));
const again = [...driver.domainGetXmlDesc(ref, 0).matchAll(/<target dev='([^']*)'/g)].map(([, name = '']) => name);
await fixture.remove();
await until('its interfaces are gone', () => [...targets, ...again].every(name => findLink(name) === null));
process.stdout.write(JSON.stringify({ ...outside, again }));
