import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { remoteError } from '../protocol/error.ts';
import { decodeHeader, MessageStatus, MessageType } from '../protocol/header.ts';
import { decodePayload } from '../protocol/message.ts';
import type { CallProcedure, Procedure } from '../protocol/procedure.ts';
import { remote } from '../protocol/programs/remote.ts';
import { Writer } from '../protocol/xdr/index.ts';
import { type Host, openHost } from './harness/host.ts';
import { hostileDocument, hostileTexts, hostileValue, type Sources } from './harness/hostile-values.ts';
import { randomFrom } from './harness/mutation.ts';
import { call, connectTo, greeting } from './harness/raw-client.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
  await mkdir(join(host.directory, 'pool'));
});
test.after.always(() => host?.[Symbol.asyncDispose]());

/** Calls about everything but domains, which other tests attack. Devices of the host are not to be reset, detached or made. */
const ABOUT =
  /^(network|storage|interface|secret|nwfilter|nodeDevice|connect(?!Open|Close|Domain|GetURI|SetKeep|Supports))/i;
const DANGEROUS = /^nodeDevice(Det|ReAtt|Reset|Create|Destroy|Define|Undefine)/;

const isCall = (procedure: Procedure): procedure is CallProcedure => !('message' in procedure);

const procedures = Object.entries(remote.procedures).flatMap(([name, procedure]: [string, Procedure]) =>
  isCall(procedure) && ABOUT.test(name) && !DANGEROUS.test(name) ? [{ name, procedure }] : [],
);

const UUID = '6f3a0f5e-6d0f-4cf2-9a51-0f2a3d4a5b6c';

/** Of objects that are there, and in whose place hostile ones are asked for. `pool` is a directory of the test's own. */
const documents = (pool: string): Readonly<Record<string, readonly string[]>> => ({
  network: [
    `<network><name>known</name><uuid>${UUID}</uuid><forward mode='nat' dev='eth7'><nat><port start='1024' end='2048'/></nat></forward><bridge name='virh0' stp='on' delay='0' zone='home'/><mtu size='1400'/><mac address='52:54:00:11:22:33'/><domain name='example' localOnly='yes'/><dns><forwarder domain='d' addr='10.0.0.1'/><txt name='t' value='v'/><srv service='s' protocol='tcp' domain='d' target='x' port='1' priority='1' weight='1'/><host ip='10.77.0.9'><hostname>h</hostname></host></dns><ip address='10.77.0.1' netmask='255.255.255.0'><dhcp><range start='10.77.0.2' end='10.77.0.9'><lease expiry='5' unit='hours'/></range><host mac='52:54:00:11:22:44' name='n' ip='10.77.0.8'/></dhcp></ip><ip family='ipv6' address='fd01::1' prefix='64'/></network>`,
    `<network><name>bridged</name><forward mode='bridge'/><bridge name='brx'/><bandwidth><inbound average='1000' peak='5000' burst='5120'/></bandwidth><portgroup name='p' default='yes'><vlan><tag id='3'/></vlan></portgroup></network>`,
    `<networkport><uuid>${UUID}</uuid><owner><name>o</name><uuid>${UUID}</uuid></owner><mac address='52:54:00:7b:35:93'/><plug type='network' bridge='virh0'/></networkport>`,
    `<host mac='52:54:00:11:22:55' name='other' ip='10.77.0.7'/>`,
    `<range start='10.77.0.20' end='10.77.0.30'/>`,
    `<a xmlns='x'>y</a>`,
  ],
  storage: [
    `<pool type='dir'><name>known</name><uuid>${UUID}</uuid><target><path>${pool}</path><permissions><mode>0711</mode><owner>0</owner><group>0</group></permissions></target></pool>`,
    `<pool type='netfs'><name>net</name><source><host name='192.0.2.1' port='7'/><dir path='/x'/><format type='nfs'/></source><target><path>${pool}/nfs</path></target></pool>`,
    `<pool type='logical'><name>vg</name><source><name>novg</name><format type='lvm2'/></source><target><path>/dev/novg</path></target></pool>`,
    `<source><name>none</name><host name='192.0.2.1'/></source>`,
    `<volume><name>v.img</name><capacity unit='KiB'>64</capacity><allocation unit='bytes'>0</allocation><target><format type='raw'/><permissions><mode>0600</mode><owner>0</owner><group>0</group></permissions></target></volume>`,
    `<volume><name>q.qcow2</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/><compat>1.1</compat><clusterSize unit='KiB'>64</clusterSize><features><lazy_refcounts/></features></target></volume>`,
    `<volume type='dir'><name>tree</name><capacity>0</capacity><target><format type='dir'/></target></volume>`,
  ],
  interface: [
    `<interface type='bridge' name='hbr0'><start mode='none'/><mtu size='1400'/><protocol family='ipv4'><ip address='10.78.0.1' prefix='24'/><route gateway='10.78.0.2'/></protocol><bridge stp='off' delay='0.5'><interface type='ethernet' name='hx0'/></bridge></interface>`,
    `<interface type='vlan' name='lo.7'><start mode='none'/><vlan tag='7'><interface name='lo'/></vlan></interface>`,
  ],
  secret: [
    `<secret ephemeral='no' private='no'><uuid>${UUID}</uuid><description>d</description><usage type='volume'><volume>/v/known</volume></usage></secret>`,
    `<secret ephemeral='yes' private='yes'><usage type='iscsi'><target>t</target></usage></secret>`,
  ],
  nwfilter: [
    `<filter name='known' chain='root' priority='5'><uuid>${UUID}</uuid><rule action='drop' direction='inout' priority='500'><mac srcmacaddr='52:54:00:11:22:33' protocolid='arp' comment='c'/></rule><rule action='accept' direction='in' statematch='0'><tcp srcipaddr='10.0.0.1' srcipmask='24' dstportstart='22' dstportend='$P' state='NEW' flags='SYN/ALL'/></rule><filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/></filterref></filter>`,
    `<filterbinding><owner><name>o</name><uuid>${UUID}</uuid></owner><portdev name='lo'/><mac address='52:54:00:11:22:33'/><filterref filter='known'><parameter name='IP' value='10.0.0.1'/></filterref></filterbinding>`,
  ],
  nodeDevice: [`<device><name>n</name><parent>computer</parent></device>`],
});

/** Names of objects, of fields and of values that are there. */
const knownTexts = [
  'known',
  'bridged',
  'v.img',
  'q.qcow2',
  'tree',
  'lo',
  'hbr0',
  'clean-traffic',
  'dir',
  'logical',
  'netfs',
  'inbound.average',
];

class Caller {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (frame: Buffer) => void>();
  #rest: Buffer = Buffer.alloc(0);
  #serial = 10;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      for (const tell of this.#waiting.values()) tell(Buffer.alloc(0));
    });
    socket.on('data', (data: Buffer) => this.#take(data));
  }

  static async open(path: string): Promise<Caller> {
    const socket = await connectTo(path);
    socket.write(greeting());
    return new Caller(socket);
  }

  #take(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= 4 && this.#rest.length >= this.#rest.readUInt32BE(0)) {
      const frame = this.#rest.subarray(0, this.#rest.readUInt32BE(0));
      this.#rest = this.#rest.subarray(frame.length);
      const { type, serial } = decodeHeader(frame);
      if (type !== MessageType.REPLY && type !== MessageType.STREAM) continue;
      this.#waiting.get(serial)?.(frame);
      this.#waiting.delete(serial);
    }
  }

  /** The text of the error that answers the call; null for success, or for a client that was dropped. */
  async ask(number: number, payload: Buffer): Promise<string | null> {
    this.#serial += 1;
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.#waiting.set(this.#serial, resolve);
    this.#socket.write(call(number, this.#serial, payload));
    const frame = await promise;
    if (frame.length === 0) return null;
    const header = decodeHeader(frame);
    return header.status === MessageStatus.ERROR ? (decodePayload(remoteError, frame).message ?? '') : null;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.end();
    await closed;
  }
}

const ROUNDS = Number(process.env['HOSTILE_ROUNDS'] ?? 40);

test.serial('no argument of a call is answered by an unexpected condition', async t => {
  const { daemon } = host;
  if (daemon === null) {
    t.pass('not against a foreign server');
    return;
  }
  t.timeout(600_000);
  const seed = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.log(`seed ${seed}`);
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const families = documents(join(host.directory, 'pool'));
  const sourcesFor = (name: string): Sources => ({
    below,
    uuid: () => (below(4) === 0 ? '00000000-0000-0000-0000-000000000000' : UUID),
    text(field) {
      if (!/xml|srcSpec|metadata/i.test(field)) {
        const from = below(2) === 0 ? knownTexts : hostileTexts;
        return (from[below(from.length)] ?? '').replaceAll('\0', '');
      }
      const family = Object.entries(families).find(([key]) => name.toLowerCase().includes(key.toLowerCase()));
      const among = family?.[1] ?? Object.values(families).flat();
      const document = among[below(among.length)] ?? '';
      const keep = below(3);
      return keep === 0 ? document : hostileDocument(document, below);
    },
  });
  const unexpected = new Map<string, string>();
  let caller = await Caller.open(daemon.socket);
  let answered = 0;
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { name, procedure } of procedures) {
      const args = procedure.args === undefined ? undefined : hostileValue(procedure.args, sourcesFor(name));
      const writer = new Writer();
      try {
        procedure.args?.encode(writer, args);
      } catch {
        continue;
      }
      const error = await caller.ask(procedure.number, writer.take());
      answered += error === null ? 1 : 0;
      if (error?.includes('unexpected condition') === true)
        unexpected.set(
          name,
          JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).slice(
            0,
            3000,
          ),
        );
      if (caller.closed) caller = await Caller.open(daemon.socket);
    }
  await caller.close();
  t.log(`${answered} of ${ROUNDS * procedures.length} calls succeeded`);
  for (const [name, args] of unexpected) t.log(name, args);
  t.deepEqual([...unexpected.keys()], []);
  t.regex(await host.mustVirsh('version'), /LXC/);
  t.notRegex(daemon.log(), /Unhandled|uncaught/i);
});
