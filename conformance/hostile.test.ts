import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { programs } from '../protocol/programs/index.ts';
import { goldenMessages } from '../protocol/testing/golden.ts';
import { type Host, openHost } from './harness/host.ts';
import { mutate, randomFrom } from './harness/mutation.ts';
import { connectTo, greeting, REMOTE_PROGRAM } from './harness/raw-client.ts';
import { busyboxRoot } from './harness/roots.ts';
import { until } from './harness/until.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host?.[Symbol.asyncDispose]());

const MESSAGES = 100_000;
const ROUNDS = 5;
const PER_CONNECTION = 50;
const AT_ONCE = 4;
/** Mebibytes that the daemon may have more after the last round than after the first. */
const GROWTH = 48;

/**
 * Calls that must not come about by chance, since they reach beyond the sandbox: they would start a program of the host's root
 * file system as a container's init, or suspend, tune or rewire the host.
 */
const DANGEROUS =
  /^(domainCreate|domainRestore|domainManagedSave|domainMigrate|nodeSuspend|nodeSet|nodeAlloc|nodeDevice|storage)/;
const dangerous = new Set(
  Object.entries(programs.remote.procedures)
    .filter(([name]) => DANGEROUS.test(name))
    .map(([, procedure]) => procedure.number),
);

function isDangerous(message: Buffer): boolean {
  if (message.length < 16 || message.readUInt32BE(4) !== REMOTE_PROGRAM) return false;
  return dangerous.has(message.readUInt32BE(12));
}

const calls = goldenMessages
  .filter(({ from, prog }) => from === 'client' && prog !== 'admin')
  .map(({ hex }) => Buffer.from(hex, 'hex'))
  .filter(message => !isDangerous(message));

/** The domain that most of the recorded calls are about. */
const TARGET = { name: 'target', uuid: mostFrequentUuid() };

function mostFrequentUuid(): string {
  const counts = new Map<string, number>();
  for (const { proc, hex, from } of goldenMessages) {
    if (from !== 'client' || !/^DOMAIN_(GET|SET)_/.test(proc)) continue;
    const [, uuid] = /^.{56}(?:0000000[1-8](?:.{8}){1,2})(.{32})/.exec(hex) ?? [];
    if (uuid !== undefined) counts.set(uuid, (counts.get(uuid) ?? 0) + 1);
  }
  const [[hex] = ['00'.repeat(16)]] = [...counts].sort(([, a], [, b]) => b - a);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Sends mutated messages on one connection, ends it, and waits until the daemon has let go of it. */
async function attack(socketPath: string, random: () => number): Promise<void> {
  const pick = (): Buffer => calls[Math.floor(random() * calls.length)] ?? Buffer.alloc(28);
  const messages: Buffer[] = [];
  while (messages.length < PER_CONNECTION) {
    const message = mutate(pick(), pick(), random);
    if (!isDangerous(message)) messages.push(message);
  }
  const socket = await connectTo(socketPath);
  socket.on('error', () => undefined);
  const closed = new Promise(resolve => socket.once('close', resolve));
  // A stranger sends something else than a greeting.
  if (random() < 0.9) socket.write(greeting());
  socket.write(Buffer.concat(messages));
  // One that has ended what it says before it has a place counts as gone; not all of this is answered.
  socket.once('data', () => socket.end());
  setTimeout(() => socket.end(), 20);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the daemon keeps a connection whose client is gone')), 60_000);
  await Promise.race([closed, late.promise]).finally(() => clearTimeout(timer));
}

function residentMebibytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** Removes what the last round left. */
async function undefineAll(): Promise<void> {
  const list = await host.mustVirsh('list', '--all', '--uuid');
  for (const uuid of list.split('\n').filter(Boolean)) {
    await host.virsh(['destroy', uuid]);
    await host.virsh(['undefine', uuid]);
  }
}

test.serial(`${MESSAGES} mutated messages neither stop the daemon nor fill its memory`, async t => {
  const { daemon } = host;
  if (daemon === null) {
    t.log('not against a foreign server');
    t.pass();
    return;
  }
  t.timeout(400_000);
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.log(`seed ${seed}`);
  const root = await busyboxRoot(join(host.directory, 'root'));
  const random = randomFrom(seed);
  let left = 0;
  let level = 0;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= PER_CONNECTION;
      await attack(daemon.socket, random);
    }
  };
  for (let round = 1; round <= ROUNDS; round += 1) {
    await undefineAll();
    await host.define(`<domain type='lxc'><name>${TARGET.name}</name><uuid>${TARGET.uuid}</uuid><memory>65536</memory>
      <os><type>exe</type><init>/sbin/init</init></os><features><privnet/></features>
      <devices><filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem><console type='pty'/></devices></domain>`);
    await host.mustVirsh('start', TARGET.name);
    left = MESSAGES / ROUNDS;
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    if (round === 1) level = residentMebibytes(daemon.pid);
    t.regex(await host.mustVirsh('version'), /LXC/);
  }
  await until(`memory is back to ${level.toFixed()} MiB`, () => residentMebibytes(daemon.pid) < level + GROWTH);
  t.is((await host.virsh(['list', '--all'])).status, 0);
  t.notRegex(daemon.log(), /Unhandled|uncaught/i);
});
