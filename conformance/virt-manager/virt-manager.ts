import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from '../harness/host.ts';

/** Stock virt-manager on a desktop of its own, connected to the host's server by `lxc:///`. */
export interface VirtManager extends Disposable {
  /** Plays a scenario of conformance/virt-manager/scenarios; throws with what virt-manager complained about, or what was awaited in vain. */
  play(scenario: string, ...args: readonly string[]): Promise<void>;
}

const HERE = import.meta.dirname;
/** Pictures of what was to be seen are kept here. */
const SCREENSHOTS = process.env['LXVIRTD_SCREENSHOTS'] ?? join(HERE, '../../build/screenshots');

export async function openVirtManager(host: Host): Promise<VirtManager> {
  const desktop = join(host.directory, 'desktop');
  const pictures = join(SCREENSHOTS, 'virt-manager');
  for (const directory of [desktop, pictures]) await mkdir(directory, { recursive: true });
  const socket = host.uri.replace(/.*socket=/, '');
  const [enter = 'env', ...inside] = host.sandbox.prefix;
  const session = ['unshare', '--mount', '--propagation', 'private', 'sh', join(HERE, 'session.sh'), socket, desktop];
  const player = ['/usr/bin/python3', '-B', join(HERE, 'play.py'), join(desktop, 'virt-manager.log'), pictures];
  const child = spawn(enter, [...inside, ...session, ...player], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const lines = createInterface(child.stdout);
  return {
    async play(scenario, ...args) {
      child.stdin.write(`${JSON.stringify([scenario, ...args])}\n`);
      const failure = await answer(child, lines);
      if (failure !== null) throw new Error(`${scenario}: ${failure}`);
    },
    /** What runs on the desktop ends with the sandbox. */
    [Symbol.dispose]: () => void child.stdin.end(),
  };
}

async function answer(child: ChildProcess, lines: NodeJS.EventEmitter): Promise<string | null> {
  const ended = once(child, 'exit').then(([status]) => `the desktop ended with status ${String(status)}`);
  const told = once(lines, 'line').then(([line]): string | null => {
    const { failure }: { failure: string | null } = JSON.parse(String(line));
    return failure;
  });
  return Promise.race([told, ended]);
}
