import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { makeBusyboxRoot, TestDirectory } from '../../controller/testing/busybox-root.ts';
import { RunningContainer } from '../../controller/testing/run-container.ts';
import { ALL_CAPABILITIES, standardOperations, testPlan } from '../../controller/testing/test-plan.ts';
import type { PlanChange } from '../../controller/testing/test-plan.ts';
import type { IdRange } from '../../plan/plan.ts';
import { deniedSyscalls, seccompFilter } from '../../plan/seccomp.ts';
import type { ExecRequest, Guest, GuestPlace } from '../guest.ts';
import { openGuest } from '../open-guest.ts';

/** The host's id of root in a container with an idmap. */
export const OUTSIDE = 100_000;
const map: readonly IdRange[] = [{ inside: 0, outside: OUTSIDE, count: 65_536 }];

/** CAP_SYS_MODULE is withheld: something that a program in a container must be seen to lack. */
const capabilities = ALL_CAPABILITIES & ~(1n << 16n);
const rights: GuestPlace['rights'] = {
  capabilities,
  noNewPrivileges: false,
  seccomp: seccompFilter(deniedSyscalls(capabilities)),
  label: null,
};

const mappedPlan: PlanChange = {
  namespaces: ['mount', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup'],
  uidMap: map,
  gidMap: map,
  operations: standardOperations(1, OUTSIDE),
};

/** With a user namespace or without: what holds for one must hold for the other. */
export type Kind = 'plain' | 'mapped';

/** A program's output and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: number | null;
}

export const program = (argv: readonly string[], change: Partial<ExecRequest> = {}): ExecRequest => ({
  argv,
  env: ['PATH=/bin'],
  directory: '/',
  user: null,
  stdin: true,
  stdout: true,
  stderr: true,
  ...change,
});

/** A container of its own root tree, whose init does nothing, and a session with it. */
export class GuestContainer {
  readonly root: string;
  /** The host's id of its root. */
  readonly owner: number;
  readonly place: GuestPlace;
  readonly guest: Guest;
  readonly #directory: TestDirectory;
  readonly #running: RunningContainer;

  private constructor(directory: TestDirectory, root: string, owner: number, running: RunningContainer, guest: Guest) {
    this.#directory = directory;
    this.root = root;
    this.owner = owner;
    this.#running = running;
    this.place = placeOf(running);
    this.guest = guest;
  }

  /** `prepare` is given the root tree, while the container is not there yet. */
  static async start(
    kind: Kind,
    change: PlanChange = {},
    prepare: (root: string) => void = () => undefined,
  ): Promise<GuestContainer> {
    const directory = new TestDirectory();
    chmodSync(directory.path, 0o755);
    const root = makeBusyboxRoot(directory.path);
    const owner = kind === 'mapped' ? OUTSIDE : 0;
    spawnSync('chown', ['-R', `${owner}:${owner}`, root]);
    prepare(root);
    const script = 'ip link set lo up; exec sleep 100000';
    const plan = testPlan(root, script, {
      ...(kind === 'mapped' ? mappedPlan : {}),
      ...change,
      init: { ...rights, ...change.init },
    });
    const running = await RunningContainer.start(plan);
    return new GuestContainer(directory, root, owner, running, await openGuest(placeOf(running)));
  }

  get container(): RunningContainer['container'] {
    return this.#running.container;
  }

  /** Runs a program to its end. */
  async run(argv: readonly string[], change: Partial<ExecRequest> = {}, input = ''): Promise<Ran> {
    const { stdin, stdout, stderr, ended } = await this.guest.exec(program(argv, change));
    stdin?.end(input);
    const [out, err, how] = await Promise.all([
      stdout === null ? '' : text(stdout),
      stderr === null ? '' : text(stderr),
      ended,
    ]);
    return { stdout: out, stderr: err, ...how };
  }

  /** What a script says. */
  async sh(script: string, change: Partial<ExecRequest> = {}): Promise<string> {
    const { stdout, stderr } = await this.run(['sh', '-c', script], change);
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.guest.close();
    await this.#running[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}

function placeOf({ container }: RunningContainer): GuestPlace {
  const { controllerPid, initPid } = container;
  return { controllerPid, initPid, taskFiles: [], unifiedDirectory: null, rights };
}
