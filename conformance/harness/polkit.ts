import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Host, openHost } from './host.ts';
import type { Outcome } from './run.ts';
import { type Terminal, openTerminal } from './terminal.ts';

const CONFIG = `
auth_unix_ro = "polkit"
auth_unix_rw = "polkit"
unix_sock_rw_perms = "0777"
access_drivers = [ "polkit" ]
`;

/** A daemon whose clients, and their calls, a real polkitd decides on: one of the sandbox's own, with rules of the test. */
export interface PolkitHost extends AsyncDisposable {
  readonly host: Host;
  /** Runs a program as a user, in its own process group and without a terminal: there is no agent to be asked. */
  asUser(user: string, ...args: readonly string[]): Promise<Outcome>;
  virsh(user: string, ...args: readonly string[]): Promise<Outcome>;
  /** A program of a user's under a terminal. */
  terminal(user: string, ...args: readonly string[]): Terminal;
  /** Sends a signal to polkitd. */
  signalPolkit(signal: 'STOP' | 'CONT' | 'KILL'): Promise<void>;
  /** Starts the next one, after the present one has ended, and waits until it answers. */
  startPolkit(): Promise<void>;
}

const as = (user: string): string[] => ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];

const START = join(import.meta.dirname, '../polkit.sh');

/** `rules` are polkit's own: JavaScript. */
export async function openPolkitHost(rules: string): Promise<PolkitHost> {
  const host = await openHost({
    async prepare(root, sandbox) {
      const directory = join(root, 'polkit/rules.d');
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, '10-test.rules'), rules);
      await mkdir(join(root, 'etc/libvirt'), { recursive: true });
      await writeFile(join(root, 'etc/libvirt/libvirtd.conf'), CONFIG);
      await sandbox.mustRun('sh', [START, join(root, 'polkit')]);
    },
  });
  const { sandbox, uri } = host;
  const asUser = (user: string, ...args: readonly string[]): Promise<Outcome> =>
    sandbox.run('env', [...as(user), 'setsid', ...args]);
  return {
    host,
    asUser,
    virsh: (user, ...args) => asUser(user, 'virsh', '-q', '-c', uri, ...args),
    terminal: (user, ...args) => openTerminal(sandbox, [...as(user), ...args]),
    async signalPolkit(signal) {
      await sandbox.mustRun('sh', ['-c', `kill -${signal} $(pgrep -x polkitd)`]);
    },
    async startPolkit() {
      await sandbox.mustRun('sh', [START, join(host.directory, 'daemon/polkit'), 'again']);
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}
