import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';
import type { Sandbox } from './sandbox.ts';

/** A proxy in front of a daemon's socket that captures every message for tshark. */
export interface Recording {
  /** The directory of the socket: what a client in another root tree needs to see. */
  readonly directory: string;
  readonly socket: string;
  readonly capture: string;
  /** Ends the proxy; returns how many messages passed. */
  finish(): Promise<number>;
}

/** What tshark, with libvirt's own dissector, made of a capture. */
export interface Dissection {
  /** RPC messages that it recognised. */
  readonly messages: number;
  /** Distinct procedures, "REMOTE AUTH_LIST (66)". */
  readonly procedures: ReadonlySet<string>;
  /** Messages with bytes that no field accounts for, or that do not hold what their procedure says. */
  readonly malformed: readonly string[];
}

/** What the dissector of 4.0 does not take apart, whoever sent it. */
const LEFT_ALONE = [
  // The count of descriptors in front of the payload.
  /_WITH_FDS/,
  // Stream data has no structure.
  /STREAM \(3\) CONTINUE/,
  // It takes the string for an integer, since the field is named "type".
  /(CONNECT_GET_TYPE|DOMAIN_GET_OS_TYPE) \(\d+\) REPLY/,
  // Procedures newer than it: virsh 11.3 asks for messages with this one.
  /REMOTE Unknown \(449\)/,
];

export async function record(sandbox: Sandbox, upstream: string, directory: string): Promise<Recording> {
  await mkdir(directory, { mode: 0o755 });
  const socket = join(directory, 'libvirt-sock');
  const capture = join(directory, 'capture.pcap');
  const [enter = 'env', ...prefix] = sandbox.prefix;
  const program = join(import.meta.dirname, 'record.py');
  const proxy = spawn(enter, [...prefix, 'python3', program, socket, upstream, capture], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(proxy.stdout, 'data');
  return { directory, socket, capture, finish: () => messagesAtEnd(proxy) };
}

async function messagesAtEnd(proxy: ChildProcess): Promise<number> {
  let output = '';
  proxy.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(proxy, 'close');
  proxy.stdin?.end();
  await closed;
  return Number(output.trim());
}

/** Dissects a capture. tshark's PDML has one line a field, indented by its depth, with its position and size. */
export async function dissect(capture: string): Promise<Dissection> {
  const { status, stdout, stderr } = await run('tshark', ['-n', '-T', 'pdml', '-Y', 'libvirt', '-r', capture], {
    deadline: 240_000,
  });
  if (status !== 0) throw new Error(`tshark: ${stderr}`);
  const procedures = new Set<string>();
  const malformed: string[] = [];
  let messages = 0;
  for (const [message = '', size] of stdout.matchAll(
    /<proto name="libvirt" showname="Libvirt" size="(\d+)"[^]*?<\/proto>/g,
  )) {
    messages += 1;
    const shown = (field: string): string =>
      new RegExp(`"libvirt.${field}" showname="\\w+: ([^"]*)"`).exec(message)?.[1] ?? '?';
    const name = `${shown('program').split(' ')[0]} ${shown('procedure')}`;
    procedures.add(name);
    const covered = [...message.matchAll(/^ {4}<field name="[^"]*" (?:showname="[^"]*" )?size="(\d+)"/gm)];
    const bytes = covered.reduce((sum, [, part]) => sum + Number(part), 0);
    if (LEFT_ALONE.some(exempt => exempt.test(`${name} ${shown('type')} ${shown('status')}`))) continue;
    if (bytes !== Number(size) || /showname="unknown/.test(message)) {
      malformed.push(`${name} ${shown('type')} ${shown('status')}: ${bytes} of ${size} bytes\n${message}`);
    }
  }
  return { messages, procedures, malformed };
}
