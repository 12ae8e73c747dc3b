/**
 * Containers of a host with a real lxcfs, in a mount namespace that this process has for itself. Prints what they see,
 * and how a start goes with an lxcfs that does not answer, as JSON. Argument: the container's root tree.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { DomainRef } from '../../contract/domain.ts';
import { domainXml } from './domain-xml.ts';
import { DriverFixture, until } from './driver-fixture.ts';

const [root = ''] = process.argv.slice(2);
const lxcfs = spawn('lxcfs', ['-f', '/var/lib/lxcfs'], { stdio: 'ignore' });
await until('lxcfs is mounted', () => existsSync('/var/lib/lxcfs/proc/uptime'));

const fixture = await DriverFixture.start();
const { driver, caller } = fixture;
const script =
  "head -1 /proc/meminfo; cut -d. -f1 /proc/uptime; grep -c lxcfs /proc/self/mountinfo; echo end''ed; sleep 1000";

async function seen(name: string, elements = ''): Promise<string[]> {
  const ref: DomainRef = await driver.domainCreateXml(caller, domainXml({ name, root, script, elements }), [], 0);
  const terminal = await driver.domainOpenConsole(ref, null, 0);
  let said = '';
  terminal.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  await until('the container has looked', () => said.includes('ended'));
  await driver.domainDestroyFlags(ref, 0);
  return said.split('\r\n').slice(0, 3);
}

const idmap =
  "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>";
const plain = await seen('plain');
const mapped = await seen('mapped', idmap);
lxcfs.kill('SIGSTOP');
// Its answer counts for ten seconds; a driver that has not asked yet is what a daemon started now would be.
const later = await DriverFixture.start();
const began = performance.now();
const ref = await later.driver.domainCreateXml(later.caller, domainXml({ name: 'later', root, script }), [], 0);
const waited = performance.now() - began;
const running = later.driver.domainIsActive(ref);
lxcfs.kill('SIGKILL');
await once(lxcfs, 'exit');
await later.remove();
await fixture.remove();
process.stdout.write(JSON.stringify({ plain, mapped, running, waited, complaints: later.complaints }));
