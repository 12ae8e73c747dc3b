import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { errors } from '../../drivers/contract/error.ts';
import { Logs } from '../logging/logs.ts';
import type { Priority } from '../logging/priority.ts';
import { CallLog } from './call-log.ts';
import { domain, Peer, Proc, Status, text, Type, uint, until } from './testing/peer.ts';
import { serving } from './testing/serving.ts';

/** Logs into a file of the test's own. */
function logsOf(t: ExecutionContext, priority: Priority) {
  const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-requests-'));
  const path = join(directory, 'log');
  const logs = new Logs('test', { priority, filters: [], outputs: [{ priority: 1, kind: 'file', path }] });
  t.teardown(() => {
    logs.close();
    rmSync(directory, { recursive: true });
  });
  /** The lines from their source on; times change. */
  const lines = (): string[] =>
    [...readFileSync(path, 'utf8').matchAll(/(?<=: \d+: ).*$/gm)].map(([line]) => line.replace(/ ms=[\d.]+/, ' ms=T'));
  return { logs, lines };
}

const lookup = (name: string) => ({ proc: 23, payload: text(name) });

test('what is logged while a call is served names it, through promises and timers, until it has been answered', async t => {
  const { logs, lines } = logsOf(t, 2);
  const log = logs.logger('lxc');
  const left: Promise<void>[] = [];
  const goOn = Promise.withResolvers<void>();
  await using s = await serving({
    remote: {
      async domainLookupByName(_call, { name }) {
        log.info({ domain: name }, 'Begun');
        await sleep(1);
        log.info({ domain: name }, 'In the middle');
        if (left.length === 0) left.push(goOn.promise.then(() => log.info({}, 'Left behind')));
        throw errors.noDomain(name);
      },
    },
  });
  const peer = await Peer.open(s.path);
  const other = await Peer.open(s.path);
  const [first, second] = [peer.send(lookup('a')), peer.send(lookup('b'))];
  t.like(await other.call(lookup('c')), { status: Status.ERROR });
  await peer.next();
  await peer.next();
  goOn.resolve();
  await Promise.all(left);
  log.info({}, 'Nobody asked');
  const expected = [
    ['Begun', `c1.${first} domain=a`],
    ['Begun', `c1.${second} domain=b`],
    ['Begun', `c2.2 domain=c`],
    ['In the middle', `c1.${first} domain=a`],
    ['In the middle', `c1.${second} domain=b`],
    ['In the middle', `c2.2 domain=c`],
  ].map(([message, rest]) => `info : lxc : ${message} request=${rest}`);
  t.deepEqual(lines().toSorted(), [...expected, 'info : lxc : Left behind', 'info : lxc : Nobody asked'].toSorted());
});

test('a failure of a stream names the call that opened it', async t => {
  const { logs, lines } = logsOf(t, 4);
  const channel = new PassThrough();
  await using s = await serving({
    log: logs.logger('rpc'),
    remote: { domainOpenConsole: call => call.openStream(channel) },
  });
  const peer = await Peer.open(s.path);
  const args = Buffer.concat([domain, uint(0), uint(0)]);
  t.like(await peer.call({ proc: Proc.domainOpenConsole, payload: args }), { status: Status.OK });
  channel.destroy(new Error('unforeseen'));
  t.like(await peer.next(), { type: Type.STREAM, status: Status.ERROR });
  t.regex(lines()[0] ?? '', /^error : rpc : Internal error request=c1\.2 err="Error: unforeseen/);
});

const failing = {
  remote: {
    connectGetHostname: () => ({ hostname: 'somewhere' }),
    domainLookupByName: (_call: unknown, { name }: { name: string }) => {
      throw errors.noDomain(`no domain with matching name '${name}'`);
    },
  },
};

test('a log for debugging tells how each call ended, what the client wrote made harmless', async t => {
  const { logs, lines } = logsOf(t, 1);
  await using s = await serving({ ...failing, watch: new CallLog(logs.logger('rpc')) });
  const peer = await Peer.open(s.path);
  await peer.call({ proc: Proc.connectGetHostname });
  await peer.call(lookup('\u001b[2J\nx'));
  await peer.call({ proc: 9999 });
  const who = `client=1 pid=${process.pid} uid=${process.getuid?.()} ms=T`;
  t.deepEqual(lines().slice(2), [
    `debug : rpc : A call has been answered request=c1.2 procedure=connectGetHostname ${who}`,
    String.raw`debug : rpc : A call has failed request=c1.3 procedure=domainLookupByName ${who} code=42 error="Domain not found: no domain with matching name '\u001b[2J\nx'"`,
    `debug : rpc : A call has failed request=c1.4 procedure=9999 ${who} code=39 error="unknown procedure: 9999"`,
  ]);
});

test('a log that informs tells of some calls that failed, and of none of a stranger', async t => {
  const { logs, lines } = logsOf(t, 2);
  await using s = await serving({ ...failing, watch: new CallLog(logs.logger('rpc')) });
  const stranger = await Peer.connect(s.path);
  t.like(await stranger.call({ proc: Proc.connectGetHostname }), { status: Status.ERROR });
  const peer = await Peer.open(s.path);
  await peer.call({ proc: Proc.connectGetHostname });
  for (let count = 0; count < 50; count += 1) await peer.call(lookup('x'));
  t.is(lines().length, 20);
  t.true(lines().every(line => line.includes('procedure=domainLookupByName')));
});

test('a log of warnings is told nothing, and nobody looks at the clock for it', async t => {
  const { logs, lines } = logsOf(t, 3);
  const watch = new CallLog(logs.logger('rpc'));
  await using s = await serving({ ...failing, watch });
  const peer = await Peer.open(s.path);
  await peer.call(lookup('x'));
  t.false(watch.watches);
  t.deepEqual(lines(), []);
});

test('a server counts who came, who was sent away, and the bytes of all of them', async t => {
  await using s = await serving();
  const peer = await Peer.open(s.path);
  const before = s.server.tally;
  t.deepEqual([before.accepted, before.dropped, before.refused], [{ unix: 1, tcp: 0, tls: 0 }, 0, 0]);
  await peer.call({ proc: Proc.connectGetType });
  t.is(s.server.tally.received - before.received, 28);
  t.true(s.server.tally.sent > before.sent);
  const { received, sent } = s.server.tally;
  peer.socket.write(Buffer.alloc(4, 0xff));
  await until('the client was dropped', () => s.server.clients.size === 0);
  t.like(s.server.tally, { received: received + 4, sent, dropped: 1 });
});
