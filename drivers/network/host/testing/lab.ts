/**
 * A host of its own for tests: a network namespace with an uplink to an "outside", whose address is 198.51.100.1, and guests
 * in further namespaces. Everything is real and goes with the process.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLink } from '../../../../native/network/links.ts';
import { hostPaths } from '../../../contract/paths.ts';
import type { NetworkDefinition } from '../../../xml/network/definition.ts';
import { parseNetwork } from '../../../xml/network/network-document.ts';
import { LinuxNetworkHost } from '../linux-network-host.ts';

/** Not what is in front of them in a developer's PATH. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

export const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });

export const shell = (script: string): string => run('sh', '-ec', script);

/** Whether a command succeeds. */
export function works(...command: [string, ...string[]]): boolean {
  try {
    run(...command);
    return true;
  } catch {
    return false;
  }
}

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${what}`);
    await sleep(20);
  }
}

/** A process in a network namespace of its own. */
export class Machine {
  readonly pid: number;

  private constructor(pid: number) {
    this.pid = pid;
  }

  static async start(): Promise<Machine> {
    const child = spawn('unshare', ['--net', '--kill-child', 'sleep', '1000'], { stdio: 'ignore', env: { PATH } });
    process.on('exit', () => child.kill('SIGKILL'));
    const machine = new Machine(child.pid ?? 0);
    const own = readlinkSync('/proc/self/ns/net');
    await until('a namespace', () => readlinkSync(`/proc/${machine.pid}/ns/net`) !== own);
    machine.run('ip', 'link', 'set', 'lo', 'up');
    return machine;
  }

  #enter(command: readonly string[]): [string, ...string[]] {
    return ['nsenter', '--net', `--target=${this.pid}`, ...command];
  }

  readonly run = (...command: string[]): string => run(...this.#enter(command));
  readonly works = (...command: string[]): boolean => works(...this.#enter(command));

  /** Runs in the background, until the test ends. */
  serve(...command: string[]): void {
    const [program, ...args] = this.#enter(command);
    const child = spawn(program, args, { stdio: 'ignore', env: { PATH } });
    process.on('exit', () => child.kill('SIGKILL'));
  }

  reaches(address: string): boolean {
    return this.works('busybox', 'ping', '-c', '1', '-W', '2', address);
  }

  /** What a server says that answers connections with one line. */
  ask(address: string, port: number): string {
    try {
      return this.run('busybox', 'timeout', '3', 'busybox', 'nc', address, String(port)).trim();
    } catch {
      return '';
    }
  }

  /** The address that eth0 gets, and takes, by DHCP. */
  lease(): string {
    this.run('busybox', 'udhcpc', '-i', 'eth0', '-q', '-n', '-f', '-t', '10', '-T', '1', '-s', lab().udhcpcScript);
    return /inet ([0-9.]+)/.exec(this.run('ip', '-4', 'addr', 'show', 'dev', 'eth0'))?.[1] ?? '';
  }
}

export interface LogEntry {
  readonly level: string;
  readonly facts: object;
  readonly message: string;
}

class Lab {
  readonly root = mkdtempSync(join(tmpdir(), 'lxvirtd-network-'));
  readonly paths = hostPaths(this.root);
  readonly entries: LogEntry[] = [];
  readonly udhcpcScript = join(this.root, 'udhcpc');
  readonly host: LinuxNetworkHost;
  #guests = 0;

  constructor() {
    // one that dnsmasq can get at when it is no longer root; the scenario "closed" shuts it
    chmodSync(this.root, process.argv[2] === 'closed' ? 0o700 : 0o755);
    const entry =
      (level: string) =>
      (facts: object, message: string): void => {
        this.entries.push({ level, facts, message });
      };
    const log = { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
    this.host = new LinuxNetworkHost(this.paths, log, process.argv[2] === 'latecomers' ? 100 : undefined);
    const script = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr flush dev "$interface" scope global
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route replace default via "$router"
`;
    writeFileSync(this.udhcpcScript, script, { mode: 0o755 });
    process.on('exit', () => this.#clean());
  }

  /** dnsmasq is nobody's child, and would outlive its test. */
  #clean(): void {
    shell(`for f in ${this.paths.run}/network/*.pid; do [ ! -f "$f" ] || kill "$(cat "$f")" || true; done`);
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The log's warnings and errors. */
  get complaints(): string[] {
    return this.entries.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message);
  }

  /** A machine beyond the uplink that knows no way to the guests but to those networks that are named. */
  async outside(...routes: string[]): Promise<Machine> {
    const machine = await Machine.start();
    shell(`ip link add uplink type veth peer name eth0 netns ${machine.pid}; ip link set uplink up
ip addr add 198.51.100.2/24 dev uplink; ip addr add 2001:db8:100::2/64 dev uplink nodad; ip route add default via 198.51.100.1`);
    machine.run('ip', 'link', 'set', 'eth0', 'up');
    machine.run('ip', 'addr', 'add', '198.51.100.1/24', 'dev', 'eth0');
    machine.run('ip', 'addr', 'add', '2001:db8:100::1/64', 'dev', 'eth0', 'nodad');
    for (const route of routes)
      machine.run('ip', 'route', 'add', route, 'via', route.includes(':') ? '2001:db8:100::2' : '198.51.100.2');
    return machine;
  }

  /** A guest on a bridge; its interface is up. */
  async guest(bridge: string, mac?: string): Promise<Machine> {
    const machine = await Machine.start();
    const number = ++this.#guests;
    const address = mac ?? `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
    shell(`ip link add g${number} type veth peer name eth0 netns ${machine.pid} address ${address}
ip link set g${number} master ${bridge} up`);
    machine.run('ip', 'link', 'set', 'eth0', 'up');
    return machine;
  }

  /** A definition of the running form, from what is inside of `<network>`. */
  async network(name: string, inner: string): Promise<NetworkDefinition> {
    const definition = await parseNetwork(
      `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>${name}</name><mac address='52:54:00:ff:00:01'/>${inner}</network>`,
    );
    return definition;
  }

  pidOf(network: string): number {
    return Number(readFileSync(join(this.paths.run, 'network', `${network}.pid`), 'utf8'));
  }

  get table(): string {
    return `lxvirtd${this.paths.tag}`;
  }
}

let only: Lab | null = null;
export const lab = (): Lab => (only ??= new Lab());

/** What there is of a network, or is left of it. */
export const left = (bridge: string): object => ({
  link: findLink(bridge) !== null,
  tables: run('nft', 'list', 'tables').includes(lab().table),
  files: existsSync(`${lab().paths.lib}/dnsmasq`) ? readdirSync(`${lab().paths.lib}/dnsmasq`) : [],
  processes: processes(),
});

/** dnsmasq's of this lab. */
export const processes = (): number =>
  readdirSync('/proc').filter(pid => {
    try {
      return /^[0-9]+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--conf-file=${lab().root}`);
    } catch {
      return false;
    }
  }).length;
