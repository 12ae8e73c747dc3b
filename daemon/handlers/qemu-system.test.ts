import test from 'ava';
import { ErrorCode } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import { eventRouters } from '../events/event-routers.ts';
import { Logs } from '../logging/logs.ts';
import { MemoryDriver } from '../testing/memory-driver.ts';
import { TestCall, TestClient } from '../testing/test-client.ts';
import { answeringQemuSystem } from './qemu-system.ts';
import { remoteHandlers } from './remote.ts';

const log = new Logs('test', { priority: 4, filters: [], outputs: [] }).logger('test');
const uuid = '11111111-2222-3333-4444-555555555555';
const dom = { name: 'x', uuid, id: -1 };
const document = (type: string): string => `<domain><name>x</name><uuid>${uuid}</uuid>
  <os>
    <type ${type}>exe</type>
  </os></domain>`;
const PLAIN = document("arch='x86_64'");
const WITH_MACHINE = document("arch='x86_64' machine='lxc'");

function opened(uri: string) {
  const driver = new MemoryDriver();
  const plain = remoteHandlers({ hypervisor: driver }, eventRouters({ hypervisor: driver }, log));
  const handlers = answeringQemuSystem(plain);
  const call = new TestCall(new TestClient(), []);
  handlers.connectOpen(call, { name: uri, flags: 0 });
  return { driver, handlers, call };
}

test('a client of qemu:///system sees a machine type, and what it sends back has none', async t => {
  const { driver, handlers, call } = opened('qemu:///system');
  await driver.domainDefineXmlFlags(PLAIN);
  t.deepEqual(handlers.domainGetXmlDesc(call, { dom, flags: 0 }), { xml: WITH_MACHINE });
  await handlers.domainDefineXml(call, { xml: WITH_MACHINE });
  t.is(driver.domainGetXmlDesc(dom), PLAIN);
  t.deepEqual(handlers.connectGetUri(call), { uri: 'lxc:///system' });
});

test('a client of qemu:///system deletes a container with all that a machine may have', async t => {
  const { driver, handlers, call } = opened('qemu:///system');
  await driver.domainDefineXmlFlags(PLAIN);
  await handlers.domainUndefineFlags(call, { dom, flags: 7 });
  t.is(driver.connectNumOfDefinedDomains(), 0);
});

test('a client of lxc:///system sees documents as they are', async t => {
  const { driver, handlers, call } = opened('lxc:///system');
  await driver.domainDefineXmlFlags(PLAIN);
  t.deepEqual(handlers.domainGetXmlDesc(call, { dom, flags: 0 }), { xml: PLAIN });
});

test('qemu:///session is refused', t => {
  const error = t.throws(() => opened('qemu:///session'), { instanceOf: LibvirtError });
  t.is(error.code, ErrorCode.NO_CONNECT);
});

test('a document of a million tags takes no time', async t => {
  const { handlers, call } = opened('qemu:///system');
  const before = process.cpuUsage();
  await t.throwsAsync(async () => await handlers.domainDefineXml(call, { xml: '<type'.repeat(800_000) }));
  t.true(process.cpuUsage(before).user < 20_000_000);
});
