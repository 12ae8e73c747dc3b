import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ErrorCode as Code } from '../contract/constants.ts';
import { LibvirtError } from '../contract/error.ts';
import type { PortRequest } from '../contract/network-ports.ts';
import { NetworkFixture } from './testing/network-fixture.ts';

/** Networks on links of the host need nothing of their own: they start anywhere, and touch nothing. */
const pool = (name: string, more = ''): string =>
  `<network><name>${name}</name><forward mode='private'><interface dev='e0'/><interface dev='e1'/></forward>${more}</network>`;

const isolated = (name: string, more = ''): string => `<network><name>${name}</name>${more}</network>`;

const port = (uuid: string): string =>
  `<networkport><uuid>${uuid}</uuid><owner><name>d</name><uuid>33333333-0000-4000-8000-000000000009</uuid></owner><mac address='52:54:00:00:00:01'/></networkport>`;
const [FIRST, SECOND] = ['33333333-0000-4000-8000-000000000001', '33333333-0000-4000-8000-000000000002'];

async function failure(work: () => unknown): Promise<LibvirtError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('a persistent network is defined, started, stopped and forgotten, and says so', async t => {
  const { driver, events, paths } = await NetworkFixture.start(t);
  const ref = await driver.networkDefineXmlFlags(pool('n'), 0);
  t.true(existsSync(join(paths.etc, 'qemu/networks/n.xml')));
  await driver.networkCreate(ref);
  t.true(driver.networkIsActive(ref));
  t.true(existsSync(join(paths.run, 'network/n.xml')));
  t.is((await failure(() => driver.networkCreate(ref))).code, Code.OPERATION_INVALID);
  await driver.networkDestroy(ref);
  t.false(existsSync(join(paths.run, 'network/n.xml')));
  await driver.networkUndefine(ref);
  t.is((await failure(() => driver.networkIsActive(ref))).code, Code.NO_NETWORK);
  t.deepEqual(events, ['n 0', 'n 2', 'n 3', 'n 1']);
});

test('a transient network is gone when it is destroyed, and becomes persistent when it is defined', async t => {
  const { driver } = await NetworkFixture.start(t);
  const ref = await driver.networkCreateXmlFlags(pool('n'), 0);
  t.false(driver.networkIsPersistent(ref));
  t.is((await failure(() => driver.networkSetAutostart(ref, true))).code, Code.OPERATION_INVALID);
  await driver.networkDefineXmlFlags(driver.networkGetXmlDesc(ref, 0), 0);
  t.true(driver.networkIsPersistent(ref));
  await driver.networkUndefine(ref);
  await driver.networkDestroy(ref);
  t.deepEqual(driver.connectListAllNetworks(0), []);
});

test('a definition for a running network is for its next start', async t => {
  const { driver } = await NetworkFixture.start(t);
  const ref = await driver.networkDefineXmlFlags(pool('n'), 0);
  await driver.networkCreate(ref);
  await driver.networkDefineXmlFlags(pool('n', `<uuid>${ref.uuid}</uuid><portgroup name='g'/>`), 0);
  t.false(driver.networkGetXmlDesc(ref, 0).includes('portgroup'));
  t.true(driver.networkGetXmlDesc(ref, 1).includes('portgroup'));
});

test('names, UUIDs and bridges belong to one network each, also when many ask at once', async t => {
  const { driver } = await NetworkFixture.start(t);
  const ref = await driver.networkDefineXmlFlags(isolated('a', "<bridge name='brtst0'/>"), 0);
  t.regex(
    (await failure(() => driver.networkDefineXmlFlags(isolated('a'), 0))).message,
    /'a' already exists with uuid/,
  );
  t.regex(
    (await failure(() => driver.networkDefineXmlFlags(isolated('b', `<uuid>${ref.uuid}</uuid>`), 0))).message,
    /network 'a' is already defined with uuid/,
  );
  t.regex(
    (await failure(() => driver.networkDefineXmlFlags(isolated('b', "<bridge name='brtst0'/>"), 0))).message,
    /bridge name 'brtst0' already in use/,
  );
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, at) => driver.networkDefineXmlFlags(isolated(`m${at}`), 0)),
  );
  t.is(new Set(made.map(network => driver.networkGetBridgeName(network))).size, 20);
  const same = await Promise.allSettled(
    Array.from({ length: 5 }, () => driver.networkDefineXmlFlags(isolated('same'), 0)),
  );
  t.is(same.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('bridges of daemons with different roots have different names', async t => {
  const [one, other] = await Promise.all([NetworkFixture.start(t), NetworkFixture.start(t)]);
  const names = await Promise.all(
    [one, other].map(async ({ driver }) =>
      driver.networkGetBridgeName(await driver.networkDefineXmlFlags(isolated('n'), 0)),
    ),
  );
  t.is(new Set(names).size, 2);
  t.true(names.every(name => name.length <= 15));
});

test('a name that no file can have is refused, and leaves nothing behind', async t => {
  const { driver } = await NetworkFixture.start(t);
  const name = 'x'.repeat(300);
  await t.throwsAsync(driver.networkCreateXmlFlags(pool(name), 0), { instanceOf: LibvirtError });
  t.is(driver.connectNumOfNetworks() + driver.connectNumOfDefinedNetworks(), 0);
  for (const dots of ['.', '..'])
    await t.throwsAsync(driver.networkCreateXmlFlags(pool(dots), 0), { instanceOf: LibvirtError });
});

test('a network takes nothing along that belongs to one with a name like its file', async t => {
  const fixture = await NetworkFixture.start(t);
  await fixture.driver.networkCreateXmlFlags(pool('n'), 0);
  const other = await fixture.driver.networkCreateXmlFlags(pool('n.xml'), 0);
  await fixture.driver.networkDestroy(other);
  await fixture.restart();
  t.deepEqual(
    fixture.driver.connectListAllNetworks(0).map(({ name }) => name),
    ['n'],
  );
});

test('a restarted daemon has the same networks, running ones with their ports', async t => {
  const fixture = await NetworkFixture.start(t);
  const ref = await fixture.driver.networkDefineXmlFlags(pool('n'), 0);
  await fixture.driver.networkSetAutostart(ref, true);
  await fixture.driver.networkCreate(ref);
  const transient = await fixture.driver.networkCreateXmlFlags(pool('t'), 0);
  await fixture.driver.networkPortCreateXml(ref, port(FIRST), 0);
  const before = fixture.driver.networkGetXmlDesc(ref, 0);
  t.regex(before, /^<network connections='1'>/);
  await fixture.restart();
  const { driver } = fixture;
  t.is(driver.networkGetXmlDesc(ref, 0), before);
  t.true(driver.networkGetAutostart(ref));
  t.true(driver.networkIsActive(transient));
  t.false(driver.networkIsPersistent(transient));
  t.deepEqual(driver.networkListAllPorts(ref, 0), [{ network: ref, uuid: FIRST }]);
});

test('networks marked for it start once with the host', async t => {
  const fixture = await NetworkFixture.start(t);
  const ref = await fixture.driver.networkDefineXmlFlags(pool('n'), 0);
  await fixture.driver.networkSetAutostart(ref, true);
  await fixture.driver.autostart();
  t.true(fixture.driver.networkIsActive(ref));
  await fixture.driver.networkDestroy(ref);
  await fixture.restart();
  await fixture.driver.autostart();
  t.false(fixture.driver.networkIsActive(ref));
});

test('ports are spread over the pool, and given back', async t => {
  const { driver, paths } = await NetworkFixture.start(t);
  const ref = await driver.networkCreateXmlFlags(pool('n'), 0);
  for (const uuid of [FIRST, SECOND]) await driver.networkPortCreateXml(ref, port(uuid), 0);
  const plugs = [FIRST, SECOND].map(
    uuid => /<plug .*\/>/.exec(driver.networkPortGetXmlDesc({ network: ref, uuid }, 0))?.[0],
  );
  t.deepEqual(plugs, [
    "<plug type='direct' dev='e0' mode='private'/>",
    "<plug type='direct' dev='e1' mode='private'/>",
  ]);
  t.is((await failure(() => driver.networkPortCreateXml(ref, port(FIRST), 0))).code, Code.NETWORK_PORT_EXIST);
  t.regex(
    (await failure(() => driver.networkUpdate(ref, 2, 7, -1, "<interface dev='e0'/>", 0))).message,
    /currently being used/,
  );
  await driver.networkPortDelete({ network: ref, uuid: FIRST }, 0);
  t.is((await failure(() => driver.networkPortLookupByUuid(ref, FIRST))).code, Code.NO_NETWORK_PORT);
  t.deepEqual(readdirSync(join(paths.run, 'network/n/ports')), [`${SECOND}.xml`]);
});

test('the bandwidth of a port is what its parameters say', async t => {
  const { driver } = await NetworkFixture.start(t);
  const ref = await driver.networkCreateXmlFlags(pool('n'), 0);
  const ours = await driver.networkPortCreateXml(ref, port(FIRST), 0);
  t.deepEqual(driver.networkPortGetParameters(ours, 0), []);
  await driver.networkPortSetParameters(ours, [{ field: 'outbound.average', type: 'uint', value: 7 }], 0);
  t.deepEqual(
    driver.networkPortGetParameters(ours, 0).map(({ field, value }) => `${field} ${value}`),
    ['outbound.average 7', 'outbound.peak 0', 'outbound.burst 0'],
  );
  const floor = [{ field: 'inbound.floor', type: 'uint', value: 5 }] as const;
  t.regex((await failure(() => driver.networkPortSetParameters(ours, floor, 0))).message, /has no inbound QoS set/);
});

/** What an interface asks for that leaves all to the network. */
const request: PortRequest = {
  network: 'n',
  portgroup: null,
  owner: { name: 'd', uuid: FIRST },
  mac: '52:54:00:00:00:01',
  virtualport: null,
  bandwidth: null,
  vlan: null,
  isolated: null,
  trustGuestRxFilters: null,
};

test('interfaces of domains get what portgroup and network say, and lose it with the port', async t => {
  const { driver } = await NetworkFixture.start(t);
  const group = "<portgroup name='g' default='yes'><bandwidth><inbound average='50'/></bandwidth></portgroup>";
  await driver.networkCreateXmlFlags(pool('n', group), 0);
  const allocated = await driver.ports.allocate(request);
  t.deepEqual(allocated.plug, { type: 'direct', dev: 'e0', mode: 'private' });
  t.is(allocated.bandwidth?.inbound?.average, 50);
  t.deepEqual(await driver.ports.reclaim(allocated.portId, request, null), allocated);
  await driver.ports.release('n', allocated.portId);
  await driver.ports.release('n', allocated.portId);
  await driver.ports.release('gone', allocated.portId);
  const present = { type: 'direct', dev: 'e1', mode: 'private' } as const;
  t.like(await driver.ports.reclaim(allocated.portId, request, present), { portId: allocated.portId, plug: present });
  await driver.ports.release('n', allocated.portId);
  t.regex(
    (await failure(() => driver.ports.reclaim(allocated.portId, request, { ...present, dev: 'e9' }))).message,
    /doesn't have dev='e9' in use by domain/,
  );
  t.is((await failure(() => driver.ports.allocate({ ...request, network: 'gone' }))).code, Code.NO_NETWORK);
});

test('a restarted daemon gives back what no interface has, and nothing of others', async t => {
  const fixture = await NetworkFixture.start(t);
  const ref = await fixture.driver.networkCreateXmlFlags(pool('n'), 0);
  const [kept, left] = [await fixture.driver.ports.allocate(request), await fixture.driver.ports.allocate(request)];
  await fixture.driver.networkPortCreateXml(ref, port(FIRST), 0);
  await fixture.restart();
  const uuids = (): string[] => fixture.driver.networkListAllPorts(ref, 0).map(({ uuid }) => uuid);
  t.is(uuids().length, 3);
  await fixture.driver.ports.releaseAllBut(new Set([kept.portId]));
  t.deepEqual(uuids().toSorted(), [kept.portId, FIRST].toSorted());
  t.false(uuids().includes(left.portId));
});

test('titles, descriptions and metadata are kept with the definition, and events tell of them', async t => {
  const { driver, events } = await NetworkFixture.start(t);
  const ref = await driver.networkDefineXmlFlags(pool('n'), 0);
  t.is((await failure(() => driver.networkGetMetadata(ref, 1, null, 0))).code, Code.NO_NETWORK_METADATA);
  await driver.networkSetMetadata(ref, 1, 'a title', null, null, 0);
  await driver.networkSetMetadata(ref, 2, '<x/>', 'k', 'http://k/', 2);
  t.is(driver.networkGetMetadata(ref, 1, null, 0), 'a title');
  t.is(driver.networkGetMetadata(ref, 2, 'http://k/', 0), '<x/>');
  t.deepEqual(events, ['n 0', 'n metadata 1', 'n metadata 2']);
  t.is((await failure(() => driver.networkSetMetadata(ref, 1, 'x', null, null, 1))).code, Code.OPERATION_INVALID);
});

test('hook scripts are told of networks and ports, and can keep a network from starting', async t => {
  const { driver, paths } = await NetworkFixture.start(t, ({ etc }) => {
    mkdirSync(join(etc, 'hooks'), { recursive: true });
    const script = join(etc, 'hooks/network');
    writeFileSync(
      script,
      `#!/bin/sh\necho "$@ $(cat | grep -c hookData)" >> '${join(etc, 'calls')}'\n[ "$1" != refused ]\n`,
    );
    chmodSync(script, 0o755);
  });
  const ref = await driver.networkDefineXmlFlags(pool('n'), 0);
  await driver.networkCreate(ref);
  const ours = await driver.networkPortCreateXml(ref, port(FIRST), 0);
  await driver.networkPortDelete(ours, 0);
  await driver.networkUpdate(ref, 3, 7, -1, "<interface dev='e2'/>", 1);
  await driver.networkDestroy(ref);
  t.deepEqual(readFileSync(join(paths.etc, 'calls'), 'utf8').trim().split('\n'), [
    'n start begin - 2',
    'n started begin - 2',
    'n port-created begin - 2',
    'n port-deleted begin - 2',
    'n updated begin - 2',
    'n stopped end - 2',
  ]);
  t.is((await failure(() => driver.networkCreateXmlFlags(pool('refused'), 0))).code, Code.HOOK_SCRIPT_FAILED);
  t.deepEqual(driver.connectListNetworks(), []);
});

test('names that would leave their directory are refused', async t => {
  const { driver } = await NetworkFixture.start(t);
  for (const name of ['a/b', '.', '..', '../x', 'a\nb', ''])
    await t.throwsAsync(driver.networkDefineXmlFlags(pool(name), 0), { instanceOf: LibvirtError }, name);
  t.is(driver.connectNumOfDefinedNetworks(), 0);
});

test('a network does not grow beyond what can be read again', async t => {
  const { driver } = await NetworkFixture.start(t);
  const interfaces = Array.from({ length: 39_990 }, (_, at) => `<interface dev='i${at}'/>`).join('');
  const ref = await driver.networkDefineXmlFlags(
    `<network><name>n</name><forward mode='private'>${interfaces}</forward></network>`,
    0,
  );
  const add = (at: number) => driver.networkUpdate(ref, 3, 7, -1, `<interface dev='j${at}'/>`, 2);
  await t.throwsAsync(
    (async () => {
      for (let at = 0; at < 12; at++) await add(at);
    })(),
    { message: /more than 40000 tags/ },
  );
});
