import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverFixture } from './driver-fixture.ts';

const HOOK =
  '#!/bin/sh\nxml=$(cat)\necho "$@ $(echo "$xml" | head -1)" >> "$(dirname "$0")/calls"\n[ "$2" = "$(cat "$(dirname "$0")/refuse" 2>/dev/null)" ] || exit 0\necho "refused $2" >&2\nexit 3\n';

/** Puts a hook script that notes how it is called, and refuses the phase that its file "refuse" names. */
export function withHook({ etc }: { etc: string }): void {
  mkdirSync(join(etc, 'hooks'), { recursive: true });
  writeFileSync(join(etc, 'hooks/lxc'), HOOK);
  chmodSync(join(etc, 'hooks/lxc'), 0o755);
}
/** The arguments of each call. */
export const hookCalls = ({ paths }: DriverFixture): string[] =>
  readFileSync(join(paths.etc, 'hooks/calls'), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.replace(/ <domain.*/, ''));
