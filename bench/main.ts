/** Measures lxvirtd and libvirtd in one run, with the same client. See `run --help`. */
import { parseArgs } from 'node:util';
import type { Part } from './part.ts';
import { addresses } from './parts/addresses.ts';
import { call } from './parts/call.ts';
import { clone } from './parts/clone.ts';
import { console as consoleOutput } from './parts/console.ts';
import { crunStart } from './parts/crun.ts';
import { handshakes } from './parts/handshakes.ts';
import { idle } from './parts/idle.ts';
import { leases } from './parts/leases.ts';
import { many } from './parts/many.ts';
import { networks } from './parts/networks.ts';
import { parallel } from './parts/parallel.ts';
import { pipeline } from './parts/pipeline.ts';
import { start } from './parts/start.ts';
import { storage } from './parts/storage.ts';
import { thousand } from './parts/thousand.ts';
import { median } from './statistics.ts';
import { type Row, table } from './table.ts';
import { type Target, openLxvirtd, openPeer, temporaryDirectory } from './target.ts';

/** In this order: the memory of idle daemons is measured before there was work. */
const PARTS: Readonly<Record<string, Part>> = {
  idle,
  call,
  pipeline,
  thousand,
  start,
  console: consoleOutput,
  networks,
  addresses,
  leases,
  storage,
  clone,
  handshakes,
  parallel,
  many,
};
/** Enough by themselves: they move or make very much, and the peer takes two seconds for each container that it destroys. */
const ONCE = new Set(['handshakes', 'addresses', 'leases', 'storage', 'parallel', 'many']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, ours: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help === true || positionals.some(name => !(name in PARTS) && name !== 'crun')) {
  process.stdout.write(`usage: bench/run [--rounds N] [--ours] [PART…]
Parts: ${[...Object.keys(PARTS), 'crun'].join(' ')}. All when none is named. --ours measures lxvirtd alone.
Figures are medians of the rounds; the daemons take turns.
`);
  process.exit(values.help === true ? 0 : 2);
}

const wanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
await using directory = await temporaryDirectory();
await using ours = await openLxvirtd(directory.path);
await using peer = values.ours === true ? null : await openPeer(directory.path);

const rows: Row[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (!wanted(name)) continue;
  rows.push(...(await compare(name, part, ONCE.has(name) ? 1 : Number(values.rounds))));
}
process.stdout.write(`${table(rows)}\n`);
if (wanted('crun')) process.stdout.write(`crun, start of a like container: ${(await crunStart(ours)).toFixed(1)} ms\n`);

async function compare(name: string, part: Part, rounds: number): Promise<Row[]> {
  const results = { peer: new Map<string, number[]>(), ours: new Map<string, number[]>() };
  for (let round = 1; round <= rounds; round += 1) {
    process.stderr.write(`${name}, round ${round} of ${rounds}\n`);
    if (peer !== null) await measure(part, peer, results.peer);
    await measure(part, ours, results.ours);
  }
  return Object.entries(part.figures).map(([key, figure]) => ({
    figure,
    peer: median(results.peer.get(key) ?? []),
    ours: median(results.ours.get(key) ?? []),
  }));
}

async function measure(part: Part, target: Target, into: Map<string, number[]>): Promise<void> {
  for (const [key, value] of Object.entries(await part.measure(target))) {
    into.set(key, [...(into.get(key) ?? []), value]);
  }
}
