import { readFileSync } from 'node:fs';
import type { ProgramName } from '../programs/index.ts';

/** One message of a real conversation between stock clients and a real daemon. */
export interface GoldenMessage {
  readonly from: 'client' | 'server';
  readonly prog: ProgramName | 'keepalive';
  /** The procedure's name on the wire, e.g. DOMAIN_GET_XML_DESC. */
  readonly proc: string;
  /** The message's type and status by their names on the wire. */
  readonly type: string;
  readonly status: string;
  /** The name of the payload's struct; `void` has none, `raw` is stream data. */
  readonly payload: string;
  readonly fds: number;
  readonly hex: string;
}

const lines = readFileSync(new URL('../testdata/golden.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

export const goldenMessages: readonly GoldenMessage[] = lines.map((line): GoldenMessage => JSON.parse(line));
export const goldenFrames: readonly Buffer[] = goldenMessages.map(({ hex }) => Buffer.from(hex, 'hex'));
