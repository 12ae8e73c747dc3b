import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Drivers } from '../../drivers/contract/drivers.ts';
import { isEvent, type AclRule, type Program } from '../../protocol/procedure.ts';
import { lxc } from '../../protocol/programs/lxc.ts';
import { qemu } from '../../protocol/programs/qemu.ts';
import { remote } from '../../protocol/programs/remote.ts';
import type { Identity } from '../identity.ts';
import { Logs } from '../logging/logs.ts';
import { serve } from '../rpc/programs.ts';
import { MemoryDriver } from '../testing/memory-driver.ts';
import { TestClient } from '../testing/test-client.ts';
import { AccessControl } from './access-control.ts';
import type { AccessPolicy } from './access-policy.ts';
import { attributes, type Attributes } from './attributes.ts';
import { guard } from './guard.ts';
import { GuardedEvents } from './guarded-events.ts';
import { actionOf } from './polkit-policy.ts';
import { subjectOf } from './requirement.ts';
import { where } from '../../native/testing/where.ts';

const log = new Logs('test', { priority: 4, filters: [], outputs: [] }).logger('test');

/** The actions of a policy file. */
const actionsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/<action id="([^"]+)"/g)].map(([, id]) => id ?? '');

const permissionOf = (rule: AclRule): string => (typeof rule === 'string' ? rule : rule.permission);

const permissions = new Set(
  Object.values<Program>({ remote, lxc, qemu }).flatMap(({ procedures }) =>
    Object.values(procedures).flatMap(row =>
      isEvent(row) ? [] : [...row.acl.map(permissionOf), ...(row.aclFilter === undefined ? [] : [row.aclFilter])],
    ),
  ),
);

const OWN_POLICY = join(import.meta.dirname, '../../packaging/polkit/org.libvirt.api.policy');
const LIBVIRTS_POLICY = '/usr/share/polkit-1/actions/org.libvirt.api.policy';

test('every permission of the procedure tables is an action of the policy file', t => {
  const actions = new Set(actionsIn(OWN_POLICY));
  t.deepEqual(
    [...permissions].map(actionOf).filter(action => !actions.has(action)),
    [],
  );
});

const withPolicy = where(existsSync(LIBVIRTS_POLICY), LIBVIRTS_POLICY);

withPolicy('rules that were written for libvirt find its actions', t => {
  const own = new Set(actionsIn(OWN_POLICY));
  t.deepEqual(
    actionsIn(LIBVIRTS_POLICY).filter(action => !own.has(action)),
    [],
  );
});

test('names of actions have hyphens', t => {
  t.is(actionOf('storage_pool:search_storage_vols'), 'org.libvirt.api.storage-pool.search-storage-vols');
});

const has = test.macro((t, object: Attributes, expected: Attributes) => t.deepEqual(object, expected));
const named = { name: 'x', uuid: 'u' };
test('a domain’s attributes', has, attributes.domain(named), { domain_name: 'x', domain_uuid: 'u' });
test('a port’s attributes', has, attributes.networkPort(named, 'p'), {
  network_name: 'x',
  network_uuid: 'u',
  port_uuid: 'p',
});
test('a volume’s attributes', has, attributes.storageVolume(named, { name: 'v', key: '/v' }), {
  pool_name: 'x',
  pool_uuid: 'u',
  vol_name: 'v',
  vol_key: '/v',
});
test('a secret’s attributes', has, attributes.secret({ uuid: 'u', usageType: 3, usageID: 'iqn' }), {
  secret_uuid: 'u',
  secret_usage_target: 'iqn',
});
test('attributes of a secret for nothing', has, attributes.secret({ uuid: 'u', usageType: 0, usageID: '' }), {
  secret_uuid: 'u',
});

/** Says yes to what `rule` says yes to, and notes what it was asked. */
class NotingPolicy implements AccessPolicy {
  readonly asked: string[] = [];
  readonly #rule: (permission: string, object: Attributes) => boolean;

  constructor(rule: (permission: string, object: Attributes) => boolean) {
    this.#rule = rule;
  }

  async allows(_who: Identity, permission: string, object: Attributes): Promise<boolean> {
    this.asked.push(permission);
    return this.#rule(permission, object);
  }
}

const drivers: Drivers = { hypervisor: new MemoryDriver() };
const client = new TestClient();

/** Nobody serves these; whoever does has to say what they are about, or they are denied. */
const unjudged = /^domain(Checkpoint|Snapshot|Migrate|Restore|SaveImage|RevertToSnapshot|Attach$)/;

test('of every call about domains it is known which domain it is about', t => {
  const access = new AccessControl(new NotingPolicy(() => true), drivers, log);
  const unknown = Object.values<Program>({ remote, lxc, qemu }).flatMap(({ procedures }) =>
    Object.entries(procedures).flatMap(([name, row]) => {
      if (isEvent(row) || unjudged.test(name)) return [];
      const about = row.acl.map(permissionOf).filter(permission => permission.startsWith('domain:'));
      return about.every(permission => subjectOf(row, permission, access) !== null) ? [] : [name];
    }),
  );
  t.deepEqual(unknown, []);
});

test('of every list it is known how it is filtered', t => {
  const access = new AccessControl(new NotingPolicy(() => true), drivers, log);
  const handlers = Object.fromEntries(Object.keys(remote.procedures).map(name => [name, () => ({})]));
  t.notThrows(() => guard(serve(remote, handlers), access, drivers));
});

test('what a client calls a domain does not count, only what the driver finds it by', async t => {
  const hypervisor = new MemoryDriver();
  const { uuid } = await hypervisor.domainDefineXmlFlags('<domain><name>database</name></domain>');
  const access = new AccessControl(new NotingPolicy(() => true), { hypervisor }, log);
  const kind = access.kindOf('domain:start');
  t.deepEqual(await kind?.referred({ name: 'web-one', uuid, id: -1 }), {
    domain_name: 'database',
    domain_uuid: uuid,
  });
  await t.throwsAsync(async () => kind?.referred({ name: 'database', uuid: 'nobody’s', id: -1 }));
});

test('events wait for their decisions, and keep their order', async t => {
  const policy = new NotingPolicy((_permission, object) => object['domain_name'] !== 'hidden');
  const events = new GuardedEvents(new AccessControl(policy, drivers, log), log);
  const heard: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const name of ['a', 'hidden', 'b', 'last'])
    events.pass(client, 'domain', { name, uuid: 'u' }, () => {
      heard.push(name);
      if (name === 'last') resolve();
    });
  t.deepEqual(heard, []);
  await promise;
  t.deepEqual(heard, ['a', 'b', 'last']);
  t.is(policy.asked[0], 'domain:getattr');
});

test('rules are told which driver a client has opened', async t => {
  const told: unknown[] = [];
  const policy = new NotingPolicy((_permission, { connect_driver: driver }) => told.push(driver) > 0);
  const access = new AccessControl(policy, drivers, log);
  const ofNetworks = new TestClient();
  ofNetworks.open(false, 'network');
  for (const each of [client, ofNetworks]) await access.require(each, 'connect:search_networks', {});
  t.deepEqual(told, ['LXC', 'network']);
});
