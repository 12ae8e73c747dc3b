import type { ExecutionContext } from 'ava';
import type { NodeDeviceDriver, NodeDeviceEvent } from '../../contract/node-device.ts';
import { createNodeDeviceDriver } from '../driver.ts';
import { FakeUevents } from './fake-uevents.ts';

interface TestDriverOptions {
  readonly root: string;
  readonly hostUuid?: string;
}

interface TestDriver {
  readonly driver: NodeDeviceDriver;
  readonly uevents: FakeUevents;
  /** What was told, as "net_eth0 created". */
  readonly told: string[];
}

const lifecycle = ['created', 'deleted', 'defined', 'undefined'];

const sentence = (event: NodeDeviceEvent): string =>
  `${event.device.name} ${event.kind === 'update' ? 'updated' : (lifecycle[event.event] ?? '?')}`;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** The driver on another host than this one; it ends with the test. */
export function nodeDevices(t: ExecutionContext, { root, hostUuid = '' }: TestDriverOptions): TestDriver {
  const uevents = new FakeUevents();
  const told: string[] = [];
  const driver = createNodeDeviceDriver({
    log: quiet,
    hostUuid,
    root,
    openUevents: () => uevents,
    mdevDirectory: `${root}/etc/mdevctl.d`,
  });
  driver.nodeDeviceEvents.subscribe(event => told.push(sentence(event)));
  t.teardown(() => driver.close());
  return { driver, uevents, told };
}
