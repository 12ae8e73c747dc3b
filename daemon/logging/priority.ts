/** libvirt's log priorities, by number; pino's levels of the same names are 10 * (number + 1). */
export const Priority = { debug: 1, info: 2, warn: 3, error: 4 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];
export type LevelName = keyof typeof Priority;

interface PriorityNames {
  readonly level: LevelName;
  /** As libvirt's lines of text have it. */
  readonly text: string;
  /** syslog's and journald's severity. */
  readonly severity: number;
}

export const priorityNames: Readonly<Record<Priority, PriorityNames>> = {
  1: { level: 'debug', text: 'debug', severity: 7 },
  2: { level: 'info', text: 'info', severity: 6 },
  3: { level: 'warn', text: 'warning', severity: 4 },
  4: { level: 'error', text: 'error', severity: 3 },
};

/** The priority written as `text`, or null. */
export function parsePriority(text: string): Priority | null {
  return Object.values(Priority).find(priority => text === String(priority)) ?? null;
}

/** pino's "fatal" counts as an error, its "trace" as debug. */
export function priorityOfPino(level: number): Priority {
  return Object.values(Priority).findLast(priority => level >= 10 * (priority + 1)) ?? Priority.debug;
}
