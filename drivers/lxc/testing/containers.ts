import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ExecutionContext } from 'ava';
import type { DomainRef } from '../../contract/domain.ts';
import { LibvirtError } from '../../contract/error.ts';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { openCgroup } from '../../../native/cgroup/create.ts';
import { detectHierarchies } from '../../../native/cgroup/hierarchies.ts';
import { BusyboxTree } from './busybox-tree.ts';
import { DriverFixture, until } from './driver-fixture.ts';
import { domainXml, type DomainXml } from './domain-xml.ts';

/** The root of this process's containers; the test file removes it. */
export const tree = new BusyboxTree();

/** What the tree's /sbin/init says. */
export const READY = 'BUSYBOX-CONTAINER-READY';

/** A driver of the test's own, gone with it. */
export async function started(
  t: ExecutionContext,
  ...prepare: Parameters<typeof DriverFixture.start>
): Promise<DriverFixture> {
  const fixture = await DriverFixture.start(...prepare);
  t.teardown(() => fixture.remove());
  return fixture;
}

/** A container "c" in the shared tree. */
export const xml = (options: Partial<DomainXml> = {}): string => domainXml({ name: 'c', root: tree.path, ...options });

/** A domain that does not run. */
export async function defined(fixture: DriverFixture, options: Partial<DomainXml> = {}): Promise<DomainRef> {
  const ref = await fixture.driver.domainDefineXmlFlags(xml(options), 0);
  fixture.takeEvents(ref.name);
  return ref;
}

/** A defined domain that runs, once its console has said `ready`. */
export async function running(
  fixture: DriverFixture,
  options: Partial<DomainXml> = {},
  ready?: string,
): Promise<DomainRef> {
  const ref = await fixture.start(await defined(fixture, options));
  if (ready !== undefined) await said(fixture, ref, ready);
  return ref;
}

/** Waits until the first console has said so; all that it has said. */
export async function said(fixture: DriverFixture, ref: DomainRef, text: string): Promise<string> {
  const console = new Console(await fixture.driver.domainOpenConsole(ref, null, 0));
  await console.until(text);
  await console.close();
  return console.text;
}

/** A user at a console. */
export class Console {
  text = '';
  ended = false;
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    stream.on('end', () => (this.ended = true));
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  async until(text: string): Promise<void> {
    await until(`the console says ${text}`, () => this.text.includes(text));
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return;
    this.#stream.destroy();
    await once(this.#stream, 'close');
  }
}

/** What an action is refused with. */
export async function failure(action: () => Promise<unknown>): Promise<LibvirtError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof LibvirtError) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}

/** State and reason. */
export const state = (fixture: DriverFixture, ref: DomainRef): [number, number] => {
  const { state, reason } = fixture.driver.domainGetState(ref, 0);
  return [state, reason];
};

export const isOff = (fixture: DriverFixture, ref: DomainRef) => (): boolean => !fixture.driver.domainIsActive(ref);

/** The cgroups that a driver's containers have, in every hierarchy. */
export function cgroupsOf({ paths }: DriverFixture): string[] {
  return cgroupMounts().flatMap(mount => {
    const directory = join(mount, paths.cgroupParent, 'machine');
    return existsSync(directory) ? readdirSync(directory).filter(name => name.startsWith('lxc-')) : [];
  });
}

/** The cgroup of a driver's only container. */
export function onlyCgroup(fixture: DriverFixture): Cgroup {
  const [name = ''] = cgroupsOf(fixture);
  const cgroup = openCgroup(detectHierarchies(), `${fixture.paths.cgroupParent}/machine/${name}`);
  if (cgroup === null) throw new Error('the container has no cgroup');
  return cgroup;
}

/** Where the host's hierarchies are mounted. */
export function cgroupMounts(): string[] {
  const { v1, unified } = detectHierarchies();
  return [...v1, ...(unified === null ? [] : [unified])];
}
