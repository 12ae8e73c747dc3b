/** What passes between the daemon and a controller after the plan; the other side is controller/messages.h. */
import { array, bool, opaque, Reader, string, struct, uint, Writer } from '../../protocol/xdr/index.ts';
import type { Infer } from '../../protocol/xdr/index.ts';
import type { Outcome } from './container.ts';
import { ContainerFailed } from './container-failed.ts';

const MessageKind = { CREATED: 1, RUNNING: 2, FAILED: 3, EXITED: 4 } as const;
const CommandKind = { GO: 1, SIGNAL: 2, HOLD: 3, RELEASE: 4 } as const;

const created = struct({
  controllerPid: uint,
  initPid: uint,
  consoles: array(string(64), 64),
  loops: array(string(64), 64),
  running: bool,
});
/** Paths may be cut in the middle of a character. */
const failed = struct({ step: string(64), path: opaque(1024), errno: uint });
const exited = struct({ how: uint, value: uint });

/** `holds`: whether it knows HOLD and RELEASE, which controllers of earlier builds take for the end of the connection. */
export type Created = Infer<typeof created> & { readonly holds: boolean };

export type ControllerMessage =
  | { readonly kind: 'created'; readonly facts: Created }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly error: ContainerFailed }
  | { readonly kind: 'exited'; readonly outcome: Outcome };

const OUTCOMES: readonly ((value: number) => Outcome)[] = [
  value => ({ how: 'exit', status: value }),
  value => ({ how: 'signal', signal: value }),
  () => ({ how: 'reboot' }),
  () => ({ how: 'poweroff' }),
];

/** One message, without its length. Throws XdrError on what no controller of this build says. */
export function decodeMessage(body: Buffer): ControllerMessage {
  const reader = new Reader(body);
  const kind = reader.uint();
  if (kind === MessageKind.CREATED) {
    const facts = created.decode(reader);
    return { kind: 'created', facts: { ...facts, holds: reader.left >= 4 && reader.uint() === 1 } };
  }
  if (kind === MessageKind.RUNNING) return { kind: 'running' };
  if (kind === MessageKind.FAILED) {
    const { step, path, errno } = failed.decode(reader);
    return { kind: 'failed', error: new ContainerFailed(step, Buffer.from(path).toString(), errno) };
  }
  const { how, value } = exited.decode(reader);
  const outcome = OUTCOMES[how];
  if (kind !== MessageKind.EXITED || outcome === undefined) throw new Error(`Controller message ${kind} is unknown`);
  return { kind: 'exited', outcome: outcome(value) };
}

function command(...words: number[]): Buffer {
  const writer = new Writer();
  writer.uint(4 * words.length);
  for (const word of words) writer.uint(word);
  return writer.take();
}

export const goCommand = (): Buffer => command(CommandKind.GO);
export const signalCommand = (signal: number): Buffer => command(CommandKind.SIGNAL, signal);
/** To be sent with the open loop device of that number. */
export const holdCommand = (loop: number): Buffer => command(CommandKind.HOLD, loop);
export const releaseCommand = (loop: number): Buffer => command(CommandKind.RELEASE, loop);
