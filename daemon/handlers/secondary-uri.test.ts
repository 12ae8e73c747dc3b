import test from 'ava';
import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { SecondaryDriver } from '../opened-driver.ts';
import { MemoryDriver } from '../testing/memory-driver.ts';
import { TestCall, TestClient } from '../testing/test-client.ts';
import { connectHandlers } from './connect.ts';

/** Of the drivers beside the hypervisor's this host has two. */
const handlers = connectHandlers(new MemoryDriver(), { network: {}, nwfilter: {} });

function open(name: string | null, opens: SecondaryDriver | null) {
  const client = new TestClient(opens);
  const call = new TestCall(client);
  handlers.connectOpen(call, { name, flags: 0 });
  return { client, type: handlers.connectGetType(call).type };
}

for (const [name, opens, driver, type] of [
  ['lxc:///', null, null, 'LXC'],
  [null, null, null, 'LXC'],
  ['network:///system', null, 'network', 'network'],
  ['network:///system', 'network', 'network', 'network'],
  ['network:///system?x=y', 'network', 'network', 'network'],
  ['nwfilter:///system', null, 'nwfilter', 'nwfilter'],
] as const)
  test(`${name} at a socket of ${opens ?? 'all'} opens ${driver ?? 'the hypervisor'}`, t => {
    const opened = open(name, opens);
    t.deepEqual([opened.client.driver, opened.type], [driver, type]);
  });

const { INTERNAL_ERROR, NO_CONNECT } = ErrorCode;
const { NONE, NWFILTER, RPC } = ErrorDomain;

for (const [name, opens, code, domain, message] of [
  ['network:///', null, INTERNAL_ERROR, NONE, "unexpected network URI path '/', try network:///system"],
  [
    'network:///session',
    'network',
    INTERNAL_ERROR,
    NONE,
    "unexpected network URI path '/session', try network:///system",
  ],
  ['network:', null, INTERNAL_ERROR, NONE, "unexpected network URI path '', try network:///system"],
  [
    'nwfilter:///System',
    null,
    INTERNAL_ERROR,
    NWFILTER,
    "unexpected nwfilter URI path '/System', try nwfilter:///system",
  ],
  ['network://elsewhere/system', null, NO_CONNECT, NONE, 'network://elsewhere/system'],
  ['secret:///system', null, NO_CONNECT, NONE, 'secret:///system'],
  ['nwfilter:///system', 'network', NO_CONNECT, NONE, 'nwfilter:///system'],
  ['lxc:///system', 'network', NO_CONNECT, NONE, 'lxc:///system'],
  ['constructor:///system', null, NO_CONNECT, NONE, 'constructor:///system'],
  ['__proto__:///system', 'network', NO_CONNECT, NONE, '__proto__:///system'],
  ['', 'network', NO_CONNECT, NONE, '<null>'],
  [null, 'network', INTERNAL_ERROR, RPC, 'connection not open'],
] as const)
  test(`${name} at a socket of ${opens ?? 'all'} opens nothing`, t => {
    const error = t.throws(() => open(name, opens), { instanceOf: LibvirtError });
    t.deepEqual([error?.code, error?.domain], [code, domain]);
    t.true(error?.message.endsWith(message), error?.message);
  });
