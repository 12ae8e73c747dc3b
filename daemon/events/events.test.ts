import test from 'ava';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { DomainEvent } from '../../drivers/contract/events.ts';
import { Writer } from '../../protocol/xdr/index.ts';
import type { ProcedureTable } from '../../protocol/procedure.ts';
import { isEvent } from '../../protocol/procedure.ts';
import { remote } from '../../protocol/programs/remote.ts';
import { domainEventHandlers } from '../handlers/domain-events.ts';
import { Logs } from '../logging/logs.ts';
import { MemoryDriver } from '../testing/memory-driver.ts';
import { TestCall, TestClient } from '../testing/test-client.ts';
import { DomainEventRouter } from './domain-event-router.ts';
import { openGate } from './event-gate.ts';

const rows: ProcedureTable = remote.procedures;
const log = new Logs('test', { priority: 4, filters: [], outputs: [] }).logger('test');
const domain = { name: 'x', uuid: '11111111-2222-3333-4444-555555555555', id: 7 };
const other = { name: 'y', uuid: '22222222-2222-3333-4444-555555555555', id: 8 };

function setUp() {
  const { domainEvents } = new MemoryDriver();
  const router = new DomainEventRouter(domainEvents, openGate, log);
  const handlers = domainEventHandlers(router);
  const client = new TestClient();
  const call = new TestCall(client);
  return { domainEvents, router, handlers, client, call };
}

const problem = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error instanceof LibvirtError ? [error.code, error.domain, error.message] : error;
  }
  return null;
};

const lifecycle = (of: DomainEvent['domain'], event: number): DomainEvent => ({
  kind: 'lifecycle',
  domain: of,
  event,
  detail: 0,
});

/** Every kind of event, with its number and what clients of either generation get. */
const kinds: readonly (readonly [DomainEvent, number, string | null, string, object])[] = [
  [
    { kind: 'lifecycle', domain, event: 2, detail: 0 },
    0,
    'domainEventLifecycle',
    'domainEventCallbackLifecycle',
    { event: 2, detail: 0 },
  ],
  [{ kind: 'reboot', domain }, 1, 'domainEventReboot', 'domainEventCallbackReboot', {}],
  [
    { kind: 'balloonChange', domain, actual: 5n },
    13,
    'domainEventBalloonChange',
    'domainEventCallbackBalloonChange',
    { actual: 5n },
  ],
  [
    { kind: 'deviceRemoved', domain, alias: 'net0' },
    15,
    'domainEventDeviceRemoved',
    'domainEventCallbackDeviceRemoved',
    { devAlias: 'net0' },
  ],
  [{ kind: 'deviceAdded', domain, alias: 'net0' }, 19, null, 'domainEventCallbackDeviceAdded', { devAlias: 'net0' }],
  [
    { kind: 'deviceRemovalFailed', domain, alias: 'net0' },
    22,
    null,
    'domainEventCallbackDeviceRemovalFailed',
    { devAlias: 'net0' },
  ],
  [
    { kind: 'metadataChange', domain, type: 2, nsuri: null },
    23,
    null,
    'domainEventCallbackMetadataChange',
    { type: 2, nsuri: null },
  ],
];

for (const [event, eventID, legacy, modern, fields] of kinds) {
  test(`${event.kind} reaches a client that registered a callback`, t => {
    const { domainEvents, handlers, client, call } = setUp();
    const { callbackID } = handlers.connectDomainEventCallbackRegisterAny(call, { eventID, dom: null });
    domainEvents.emit(event);
    const nested = legacy !== null;
    const message = nested ? { callbackID, msg: { dom: domain, ...fields } } : { callbackID, dom: domain, ...fields };
    t.deepEqual(client.events, [{ program: 'remote', procedure: modern, message }]);
    const row = rows[modern];
    if (row === undefined || !isEvent(row)) throw new Error(`${modern} is no event`);
    t.notThrows(() => row.message?.encode(new Writer(), message));
  });

  if (legacy !== null)
    test(`${event.kind} reaches a client that registered the kind`, t => {
      const { domainEvents, handlers, client, call } = setUp();
      handlers.connectDomainEventRegisterAny(call, { eventID });
      domainEvents.emit(event);
      t.deepEqual(client.events, [{ program: 'remote', procedure: legacy, message: { dom: domain, ...fields } }]);
    });
  else
    test(`${event.kind} came after registration by kind`, t => {
      const { handlers, call } = setUp();
      t.deepEqual(
        problem(() => handlers.connectDomainEventRegisterAny(call, { eventID })),
        [1, 7, `internal error: unsupported event ID ${eventID}`],
      );
    });
}

test('the oldest registration hears of lifecycles alone', t => {
  const { domainEvents, handlers, client, call } = setUp();
  t.deepEqual(handlers.connectDomainEventRegister(call), { cbRegistered: 0 });
  for (const [event] of kinds) domainEvents.emit(event);
  t.deepEqual(
    client.events.map(({ procedure }) => procedure),
    ['domainEventLifecycle'],
  );
  t.deepEqual(handlers.connectDomainEventDeregister(call), { cbRegistered: 0 });
  domainEvents.emit(lifecycle(domain, 1));
  t.is(client.events.length, 1);
});

/** The event ids around the valid ones that `register` takes. */
const taken = (register: (eventID: number) => unknown): number[] =>
  Array.from({ length: 40 }, (_, at) => at - 5).filter(eventID => problem(() => register(eventID)) === null);

test('all 27 kinds can be asked for by callback, the first 16 by kind, and no others', t => {
  const { handlers, call } = setUp();
  const modern = taken(eventID => handlers.connectDomainEventCallbackRegisterAny(call, { eventID, dom: null }));
  t.deepEqual(
    modern,
    Array.from({ length: 27 }, (_, at) => at),
  );
  const { handlers: old, call: oldCall } = setUp();
  const legacy = taken(eventID => old.connectDomainEventRegisterAny(oldCall, { eventID }));
  t.deepEqual(
    legacy,
    Array.from({ length: 16 }, (_, at) => at),
  );
});

test('a callback of one domain hears of that one only, and several callbacks each hear', t => {
  const { domainEvents, handlers, client, call } = setUp();
  const register = (dom: typeof domain | null): number =>
    handlers.connectDomainEventCallbackRegisterAny(call, { eventID: 0, dom }).callbackID;
  t.deepEqual([register(null), register(domain)], [0, 1]);
  domainEvents.emit(lifecycle(other, 1));
  domainEvents.emit(lifecycle({ ...domain, name: 'renamed' }, 2));
  t.deepEqual(
    client.events.map(({ message }) => JSON.stringify(message)),
    [
      [0, other, 1],
      [0, { ...domain, name: 'renamed' }, 2],
      [1, { ...domain, name: 'renamed' }, 2],
    ].map(([callbackID, dom, event]) => JSON.stringify({ callbackID, msg: { dom, event, detail: 0 } })),
  );
});

test('registering twice and deregistering what is not there are errors, across generations', t => {
  const { handlers, call } = setUp();
  const tracked = [8, 0, 'invalid argument: event callback already tracked'];
  handlers.connectDomainEventCallbackRegisterAny(call, { eventID: 0, dom: null });
  t.deepEqual(
    problem(() => handlers.connectDomainEventCallbackRegisterAny(call, { eventID: 0, dom: null })),
    tracked,
  );
  t.deepEqual(
    problem(() => handlers.connectDomainEventRegister(call)),
    tracked,
  );
  t.deepEqual(
    problem(() => handlers.connectDomainEventRegisterAny(call, { eventID: 0 })),
    tracked,
  );
  t.deepEqual(
    problem(() => handlers.connectDomainEventCallbackDeregisterAny(call, { callbackID: 77 })),
    [1, 7, 'internal error: domain event callback 77 not registered'],
  );
  t.deepEqual(
    problem(() => handlers.connectDomainEventDeregisterAny(call, { eventID: 2 })),
    [1, 7, 'internal error: domain event 2 not registered'],
  );
  t.deepEqual(
    problem(() => handlers.connectDomainEventDeregisterAny(call, { eventID: 27 })),
    [1, 7, 'internal error: unsupported event ID 27'],
  );
  handlers.connectDomainEventCallbackDeregisterAny(call, { callbackID: 0 });
  t.deepEqual(
    problem(() => handlers.connectDomainEventDeregister(call)),
    [1, 7, 'internal error: domain event 0 not registered'],
  );
  t.deepEqual(handlers.connectDomainEventCallbackRegisterAny(call, { eventID: 0, dom: null }), { callbackID: 1 });
});

test('each client has its own registrations, and they end with its connection', t => {
  const { domainEvents, handlers, client, call } = setUp();
  const neighbour = new TestClient();
  handlers.connectDomainEventRegister(call);
  handlers.connectDomainEventRegister(new TestCall(neighbour));
  client.end();
  domainEvents.emit(lifecycle(domain, 2));
  t.deepEqual([client.events.length, neighbour.events.length], [0, 1]);
});

test('a client that cannot be told keeps the event from nobody', t => {
  const { domainEvents, handlers, client, call } = setUp();
  const neighbour = new TestClient();
  handlers.connectDomainEventRegister(call);
  handlers.connectDomainEventRegister(new TestCall(neighbour));
  client.sendEvent = () => {
    throw new Error('broken');
  };
  t.notThrows(() => domainEvents.emit(lifecycle(domain, 2)));
  t.is(neighbour.events.length, 1);
});

test('the number of registrations of one client is bounded', t => {
  const { handlers, call } = setUp();
  const register = (at: number): unknown =>
    problem(() =>
      handlers.connectDomainEventCallbackRegisterAny(call, { eventID: 0, dom: { ...domain, uuid: String(at) } }),
    );
  const refused = Array.from({ length: 4100 }, (_, at) => register(at)).filter(error => error !== null);
  t.is(refused.length, 4);
});

test('a closed router is silent', t => {
  const { domainEvents, router, handlers, client, call } = setUp();
  handlers.connectDomainEventRegister(call);
  router.close();
  domainEvents.emit(lifecycle(domain, 2));
  t.is(client.events.length, 0);
});
