/** Run in a network and a mount namespace of its own, with its own sysfs: prints what the driver tells of links that come and go. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNodeDeviceDriver } from '../driver.ts';

const ip = (words: string): void => {
  execFileSync('ip', words.split(' '), { stdio: 'inherit' });
};

execFileSync('mount', ['-t', 'sysfs', 'sysfs', '/sys']);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const driver = createNodeDeviceDriver({ log: quiet, hostUuid: '' });
const told: string[] = [];
driver.nodeDeviceEvents.subscribe(event => {
  if (event.device.name.startsWith('net_') && event.kind === 'lifecycle')
    told.push(`${event.device.name} ${event.event}`);
});

/** Events come by themselves: nobody asks in between. */
async function tell(name: string, count: number): Promise<void> {
  for (const end = Date.now() + 20_000; told.length < count && Date.now() < end;) await sleep(20);
  console.log(JSON.stringify([name, told.splice(0).sort()]));
}

console.log(JSON.stringify(['before', await driver.nodeListDevices('net', 0)]));
const end = await driver.watchNodeDevices();
ip('link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02');
await tell('added', 2);
console.log(JSON.stringify(['document', await driver.nodeDeviceGetXmlDesc('net_va_02_00_00_00_00_01', 0)]));
ip('link set va name vc');
await tell('renamed', 2);
ip('link del vc');
await tell('deleted', 2);
end();
await driver.close();
