import { execFileSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { addAddress } from './addresses.ts';
import { createVeth } from './create-link.ts';
import { deleteLink } from './links.ts';
import { limitReceiving, limitSending } from './rate-limit.ts';
import { containerProcess, inside, unique } from './testing/test-network.ts';

const tc = (...args: string[]): string => execFileSync('tc', args, { encoding: 'utf8' });

/** A veth pair whose other end is in the namespace of `pid`. */
async function veth(t: ExecutionContext): Promise<{ name: string; pid: number }> {
  const pid = await containerProcess(t);
  const name = unique('r');
  createVeth({ name, up: true, peer: { name: 'eth0', pid } });
  t.teardown(() => deleteLink(name));
  return { name, pid };
}

test('a link sends in the mean no faster than its rate, in a burst no faster than its peak', async t => {
  const { name } = await veth(t);
  await limitSending(name, { rate: 1_000_000n, peak: 4_000_000n, burst: 102_400n });
  t.regex(tc('class', 'show', 'dev', name), /htb 1:1 root .*rate 8Mbit ceil 32Mbit burst 100Kb cburst 40000b/);
  await limitSending(name, { rate: 10_000_000_000n, peak: null, burst: null });
  t.regex(tc('class', 'show', 'dev', name), /htb 1:1 root .*rate 80Gbit ceil 80Gbit /);
  await limitSending(name, null);
  t.regex(tc('qdisc', 'show', 'dev', name), /^qdisc noqueue/);
  await limitSending(name, null);
});

test('what a link receives is policed', async t => {
  const { name } = await veth(t);
  await limitReceiving(name, null);
  for (const rate of [1n, 1_000_000n, 0xffff_ffffn * 1000n]) {
    await limitReceiving(name, { rate, peak: null, burst: 1n });
    t.regex(tc('filter', 'show', 'dev', name, 'ingress'), /pref 1 bpf .*lxvirtd_police direct-action/);
  }
  await limitReceiving(name, null);
  t.notRegex(tc('qdisc', 'show', 'dev', name), /ingress/);
});

test('a link that there is not has no limit', async t => {
  await t.throwsAsync(limitSending('lx-none', null), { code: 'ENODEV' });
  await t.throwsAsync(limitReceiving('lx-none', null), { code: 'ENODEV' });
});

const RATE = 1_000_000;
const BURST = 100_000;
/** Of a second: enough to go beyond any burst. */
const FLOOD = 0.5;
const flood = `import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.time() + ${FLOOD}
while time.time() < end: s.sendto(b'x' * 1400, (sys.argv[1], 9))`;

/** Bytes that came through to the other end in the course of an action, and what the rate allows in that time. */
function passed(received: () => number, action: () => void): { bytes: number; allowed: number } {
  const before = received();
  const start = performance.now();
  action();
  const bytes = received() - before;
  return { bytes, allowed: BURST + (RATE * (performance.now() - start)) / 1000 };
}

/** UDP datagrams for a port where nobody listens: the namespace counts those that reach it. */
const datagrams = (snmp: string): number => Number(/Udp: \d+ (\d+)/.exec(snmp)?.[1] ?? 0) * 1442;

test('traffic is held to the rates, in both directions', async t => {
  const { name, pid } = await veth(t);
  const network = `198.18.${80 + (process.pid % 100)}`;
  addAddress(name, { address: `${network}.1`, prefix: 24 });
  inside(pid, 'sh', '-c', `ip addr add ${network}.2/24 dev eth0; ip link set eth0 up`);
  const limit = { rate: BigInt(RATE), peak: null, burst: BigInt(BURST) };
  await limitSending(name, limit);
  await limitReceiving(name, limit);

  const inbound = passed(
    () => datagrams(inside(pid, 'cat', '/proc/net/snmp')),
    () => execFileSync('python3', ['-c', flood, `${network}.2`]),
  );
  t.true(inbound.bytes > BURST / 2 && inbound.bytes <= inbound.allowed, JSON.stringify(inbound));

  const received = (): number => {
    const [, bytes, dropped] =
      /ingress.*\n Sent (\d+) bytes \d+ pkt \(dropped (\d+)/.exec(tc('-s', 'qdisc', 'show', 'dev', name)) ?? [];
    return Number(bytes) - Number(dropped) * 1428;
  };
  const outbound = passed(received, () => inside(pid, 'python3', '-c', flood, `${network}.1`));
  t.true(outbound.bytes > BURST / 2 && outbound.bytes <= outbound.allowed, JSON.stringify(outbound));
});
