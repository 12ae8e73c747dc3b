import type { Outcome } from '../../../native/launch/container.ts';

/** Reads what a controller leaves behind: "exit 3", "signal 9", "reboot" or "poweroff". Null for anything else. */
export function parseOutcome(text: string): Outcome | null {
  const [how, number = ''] = text.trim().split(' ');
  if (how === 'reboot' || how === 'poweroff') return { how };
  if (!/^\d{1,3}$/.test(number)) return null;
  if (how === 'exit') return { how, status: Number(number) };
  return how === 'signal' ? { how, signal: Number(number) } : null;
}
