import test from 'ava';
import {
  isEvent,
  permissionFor,
  procedureByNumber,
  readOnlyAllows,
  type AclRule,
  type CallName,
  type EventMessage,
  type EventName,
  type Handlers,
  type Program,
  type ReadOnlyPolicy,
} from './procedure.ts';
import { programs } from './programs/index.ts';
import { remote } from './programs/remote.ts';

type Remote = typeof remote.procedures;

const lifecycle: EventMessage<Remote, 'domainEventLifecycle'> = {
  dom: { name: 'c', uuid: '00000000-0000-0000-0000-000000000001', id: 5 },
  event: 2,
  detail: 0,
};
const call: CallName<Remote> = 'domainGetState';
const event: EventName<Remote> = 'domainEventLifecycle';
// @ts-expect-error an event cannot be called
const notCall: CallName<Remote> = 'domainEventLifecycle';
// @ts-expect-error a call is not sent
const notEvent: EventName<Remote> = 'domainGetState';

test('handlers have the types that their rows say, and no handler is a must', t => {
  const right: Handlers<Remote, string> = {
    domainGetState: (_, { dom, flags }) => ({ state: dom.id + flags, reason: 0 }),
    domainCreate: async (_, { dom }) => t.log(dom.name),
    connectGetLibVersion: () => ({ libVer: 9_000_000n }),
    connectClose: () => {},
  };
  const wrong: Handlers<Remote, string> = {
    // @ts-expect-error the state is a number
    domainGetState: () => ({ state: 'running', reason: 0 }),
    // @ts-expect-error a version is a bigint
    connectGetLibVersion: async () => ({ libVer: 9_000_000 }),
    // @ts-expect-error there is no such argument
    domainCreate: (_, { domain }) => t.log(domain),
  };
  // @ts-expect-error an event is not handled
  const more: Handlers<Remote, string> = { domainEventLifecycle: () => {} };
  t.truthy([right, wrong, more, lifecycle, call, event, notCall, notEvent]);
});

for (const program of Object.values(programs)) {
  test(`every procedure of ${program.name} is found by its number, from 1 on without a gap`, t => {
    const rows = Object.entries(program.procedures);
    for (const [name, procedure] of rows)
      t.deepEqual(procedureByNumber(program, procedure.number), { name, procedure });
    const numbers = rows.map(([, { number }]) => number).sort((a, b) => a - b);
    t.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
    t.is(procedureByNumber(program, 0), undefined);
    t.is(procedureByNumber(program, numbers.length + 1), undefined);
  });
}

test('the remote program has 456 procedures, 55 of them events', t => {
  const events = Object.values(remote.procedures).filter(isEvent);
  t.is(Object.keys(remote.procedures).length, 456);
  t.is(events.length, 55);
});

test('only authentication can be called before it', t => {
  const early = Object.entries(remote.procedures).filter(([, row]) => 'beforeAuth' in row && row.beforeAuth);
  t.deepEqual(
    early.map(([name]) => name),
    ['authList', 'authSaslInit', 'authSaslStart', 'authSaslStep', 'authPolkit'],
  );
});

const readOnly = test.macro({
  title: (name = '') => `a read-only connection ${name}`,
  exec(t, policy: ReadOnlyPolicy | undefined, args: unknown, allowed: boolean) {
    t.is(readOnlyAllows(policy, args), allowed);
  },
});
const { domainGetXmlDesc, domainInterfaceAddresses, domainGetInfo } = remote.procedures;
test('may ask for what a domain does', readOnly, domainGetInfo.readOnly, {}, true);
test('may not do what no policy allows', readOnly, undefined, {}, false);
test('may ask for a description', readOnly, domainGetXmlDesc.readOnly, { flags: 2 }, true);
test('may not ask for the secrets in it', readOnly, domainGetXmlDesc.readOnly, { flags: 3 }, false);
test('may not ask for what a migration needs', readOnly, domainGetXmlDesc.readOnly, { flags: 8 }, false);
test('may ask for the addresses in leases', readOnly, domainInterfaceAddresses.readOnly, { source: 0 }, true);
test('may not ask the guest for its addresses', readOnly, domainInterfaceAddresses.readOnly, { source: 1 }, false);

test('a policy on an argument that is not there is a bug, not an answer', t => {
  t.throws(() => readOnlyAllows({ deniedFlags: 1 }, undefined), { instanceOf: TypeError });
  t.throws(() => permissionFor({ permission: 'domain:save', ifFlags: 1 }, {}), { instanceOf: TypeError });
});

const needs = test.macro({
  title: (name = '') => `a call ${name}`,
  exec(t, acl: readonly AclRule[], args: unknown, permissions: readonly string[]) {
    t.deepEqual(
      acl.map(rule => permissionFor(rule, args)).filter(permission => permission !== null),
      permissions,
    );
  },
});
const setVcpus = remote.procedures.domainSetVcpusFlags.acl;
const save = ['domain:write', 'domain:save'];
test('that changes a running domain needs to write', needs, setVcpus, { flags: 1 }, ['domain:write']);
test('that changes its definition needs to save', needs, setVcpus, { flags: 2 }, save);
test('that changes both needs to save', needs, setVcpus, { flags: 3 }, save);
test('that changes whatever there is needs to save', needs, setVcpus, { flags: 0 }, save);
test('that needs nothing needs nothing', needs, remote.procedures.connectClose.acl, undefined, []);
test('that asks the guest needs to write', needs, domainInterfaceAddresses.acl, { source: 1 }, [
  'domain:read',
  'domain:write',
]);

test('every policy looks at an argument that its call has', t => {
  for (const { procedures } of Object.values<Program>(programs)) {
    for (const row of Object.values(procedures)) {
      if (isEvent(row)) continue;
      const shape = row.args?.shape;
      const names = shape?.kind === 'struct' ? Object.keys(shape.fields) : [];
      for (const rule of row.acl) {
        if (typeof rule !== 'string') t.true(names.includes('ifSource' in rule ? 'source' : 'flags'), `${row.number}`);
      }
      if (typeof row.readOnly === 'object') {
        t.true(names.includes('deniedSource' in row.readOnly ? 'source' : 'flags'), `${row.number}`);
      }
    }
  }
});
