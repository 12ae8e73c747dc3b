import { parseMetricsAddress, type MetricsAddress } from '../metrics/address.ts';
import type { ConfValue } from './conf-syntax.ts';

/** When a change of a key takes effect. */
export type Effect = 'start' | 'reload';

/** One key of a configuration file. */
export interface Key<T> {
  readonly default: T;
  readonly effect: Effect;
  /** The value as it is used, or throws Problem. */
  read(value: ConfValue, name: string): T;
}

/** What is wrong with a value; whoever knows file and line adds them. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

const UINT_MAX = 0xffff_ffff;
const INT_MIN = -0x8000_0000;
const INT_MAX = 0x7fff_ffff;

const isIn = (value: number, least: number, most: number): boolean => value >= least && value <= most;

export function boolean(fallback: boolean, effect: Effect = 'start'): Key<boolean> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      if (typeof value !== 'number' || value < 0) throw new Problem(`expected a bool for '${name}' parameter`);
      if (value > 1) throw new Problem(`value for '${name}' parameter must be 0 or 1`);
      return value === 1;
    },
  };
}

export function integer(fallback: number, effect: Effect = 'start'): Key<number> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      if (typeof value !== 'number') throw new Problem(`expected an integer for '${name}' parameter`);
      if (!isIn(value, INT_MIN, INT_MAX))
        throw new Problem(`value for '${name}' parameter must be in range ${INT_MIN}:${INT_MAX}`);
      return value;
    },
  };
}

export function unsigned(fallback: number, effect: Effect = 'start', least = 0): Key<number> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      if (typeof value !== 'number' || value < 0)
        throw new Problem(`expected an unsigned integer for '${name}' parameter`);
      if (!isIn(value, 0, UINT_MAX)) throw new Problem(`value for '${name}' parameter must be in range 0:${UINT_MAX}`);
      if (value < least) throw new Problem(`'${name}' must be at least ${least}`);
      return value;
    },
  };
}

function readString(value: ConfValue, name: string): string {
  if (typeof value !== 'string') throw new Problem(`expected a string for '${name}' parameter`);
  return value;
}

export function string<T extends string | null>(fallback: T, effect: Effect = 'start'): Key<T | string> {
  return { default: fallback, effect, read: readString };
}

/** A null default tells "not set" from the empty list. A single string is no list, as in libvirt. */
export function strings<T extends readonly string[] | null>(
  fallback: T,
  effect: Effect = 'start',
): Key<T | readonly string[]> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      if (typeof value === 'number' || typeof value === 'string')
        throw new Problem(`expected a string list for '${name}' parameter`);
      return value;
    },
  };
}

/** Access bits of a file, in octal in a string. */
export function mode(fallback: number, effect: Effect = 'start'): Key<number> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      const text = readString(value, name);
      if (!/^[0-7]{1,4}$/.test(text) || Number.parseInt(text, 8) > 0o777)
        throw new Problem(`Failed to parse mode '${text}' of '${name}': expected octal digits, at most 0777`);
      return Number.parseInt(text, 8);
    },
  };
}

export function choice<const T extends string>(
  options: readonly T[],
  fallback: T,
  describe: (text: string, name: string) => string,
  effect: Effect = 'start',
): Key<T> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      const text = readString(value, name);
      const found = options.find(option => option === text);
      if (found === undefined) throw new Problem(describe(text, name));
      return found;
    },
  };
}

/** Null, and the empty string: nowhere. */
export function metricsAddress(fallback: null, effect: Effect = 'start'): Key<MetricsAddress | null> {
  return {
    default: fallback,
    effect,
    read(value, name) {
      const text = readString(value, name);
      try {
        return text === '' ? null : parseMetricsAddress(text);
      } catch (error) {
        throw new Problem(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
