import type { DaemonSettings } from '../config/daemon-config.ts';
import { libvirtdKeys } from '../config/daemon-keys.ts';

/** Keys that differ, and that are only read when the daemon starts. */
export function changesThatWait(before: DaemonSettings, after: DaemonSettings): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const waiting = new Set(
    Object.entries(libvirtdKeys).flatMap(([name, { effect }]) => (effect === 'start' ? [name] : [])),
  );
  return Object.entries(after).flatMap(([name, value]) =>
    waiting.has(name) && JSON.stringify(value) !== JSON.stringify(old.get(name)) ? [name] : [],
  );
}
