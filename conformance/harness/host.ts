import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostPaths } from '../../drivers/contract/paths.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { type Outcome, type RunOptions, run } from './run.ts';
import { type Sandbox, openSandbox, presentSandbox } from './sandbox.ts';
import { type Terminal, openTerminal } from './terminal.ts';

/**
 * A libvirt server of the test's own, with its directory, its namespaces and stock clients connected to it.
 *
 * With LXVIRTD_CONFORMANCE_URI set, the server at that URI is used in place of lxvirtd: this is how the tests themselves
 * are checked, with `scripts/with-real-libvirtd.sh env LXVIRTD_CONFORMANCE_URI=lxc:/// ava …`.
 */
export interface Host extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** A directory of the test's own, removed at the end. */
  readonly directory: string;
  readonly uri: string;
  readonly readOnlyUri: string;
  /** Null against a foreign server. */
  daemon: Daemon | null;
  /** Starts the next daemon on the same state, after the present one was stopped. */
  restart(): Promise<Daemon>;
  /** Runs virsh; whatever it says is the result. */
  virsh(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs virsh, which has to succeed; returns its output. */
  mustVirsh(...args: readonly string[]): Promise<string>;
  /** Writes a file of this name into `directory`; returns its path. */
  file(name: string, content: string | Buffer): Promise<string>;
  define(xml: string): Promise<void>;
  terminal(args: readonly string[]): Terminal;
}

export interface HostWishes {
  /** Makes files below the daemon's root before it starts. */
  readonly prepare?: (root: string, sandbox: Sandbox) => Promise<void>;
  /** Of the daemon's command line, behind `--root`. */
  readonly options?: readonly string[];
}

export async function openHost({ prepare, options }: HostWishes = {}): Promise<Host> {
  const directory = await mkdtemp('/var/tmp/lxvirtd-conformance-');
  // The root of a container with an idmap is a stranger here.
  await chmod(directory, 0o711);
  const foreign = process.env['LXVIRTD_CONFORMANCE_URI'];
  const sandbox = foreign === undefined ? await openSandbox() : presentSandbox();
  const root = join(directory, 'daemon');
  await mkdir(root);
  await prepare?.(root, sandbox);
  const daemon = foreign === undefined ? await startDaemon(sandbox, root, options) : null;
  const uri = foreign ?? `lxc+unix:///?socket=${join(root, 'run/libvirt/libvirt-sock')}`;
  let documents = 0;

  const host: Host = {
    sandbox,
    directory,
    uri,
    readOnlyUri: foreign ?? uri.replace('libvirt-sock', 'libvirt-sock-ro'),
    daemon,
    async restart() {
      host.daemon = await startDaemon(sandbox, root, options);
      return host.daemon;
    },
    virsh: (args, options) => sandbox.run('virsh', ['-c', uri, ...args], options),
    mustVirsh: (...args) => sandbox.mustRun('virsh', ['-q', '-c', uri, ...args]),
    async file(name, content) {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    },
    async define(xml) {
      documents += 1;
      await host.mustVirsh('define', await host.file(`document-${documents}.xml`, xml));
    },
    terminal: args => openTerminal(sandbox, ['virsh', '-c', uri, ...args]),
    async [Symbol.asyncDispose]() {
      await destroyAll(host);
      await host.daemon?.stop();
      await sandbox[Symbol.asyncDispose]();
      await sweepCgroups(root);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return host;
}

async function destroyAll(host: Host): Promise<void> {
  const listed = await host.virsh(['-q', 'list', '--uuid']);
  for (const domain of listed.stdout.split('\n').filter(Boolean)) await host.virsh(['destroy', domain]);
}

/** What a container killed with its controller and its daemon leaves behind. */
async function sweepCgroups(root: string): Promise<void> {
  const name = hostPaths(root).cgroupParent.slice(1);
  const sweep = `for d in /sys/fs/cgroup/*/${name} /sys/fs/cgroup/${name}; do [ ! -d "$d" ] || find "$d" -depth -type d -exec rmdir {} +; done`;
  await run('sh', ['-c', sweep]);
}
