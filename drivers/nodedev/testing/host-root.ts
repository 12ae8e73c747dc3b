import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A path of the host, and what is there: a directory, a link's target, a file's text, or its bytes in base64. */
export type HostEntry = readonly [path: string, kind?: 'link' | 'text' | 'bytes', content?: string];

/** A directory that looks like the root of another host. */
export class HostRoot implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'lxvirtd-host-'));

  constructor(entries: readonly HostEntry[]) {
    mkdirSync(join(this.path, 'sys'));
    for (const entry of entries) putEntry(this.path, entry);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** One that goes with the test. */
export function hostRoot(t: ExecutionContext, entries: readonly HostEntry[]): string {
  const root = new HostRoot(entries);
  t.teardown(() => root[Symbol.dispose]());
  return root.path;
}

export function putEntry(root: string, [path, kind, content = '']: HostEntry): void {
  const at = join(root, path);
  mkdirSync(kind === undefined ? at : dirname(at), { recursive: true });
  if (kind === 'link') symlinkSync(content, at);
  else if (kind !== undefined) writeFileSync(at, Buffer.from(content, kind === 'bytes' ? 'base64' : 'utf8'));
}

/** What was recorded of a virtual machine: one entry a line, in JSON. */
export function recordedHost(name: string): HostEntry[] {
  const text = readFileSync(new URL(`../testdata/${name}.jsonl`, import.meta.url), 'utf8');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the file is ours
  return text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as HostEntry]));
}
