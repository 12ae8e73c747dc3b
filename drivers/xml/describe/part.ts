import type { XmlAttribute, XmlElement, XmlNode } from '../tree.ts';

/** Which of its forms a document has. */
export interface Mode {
  /** A running object's: it shows what exists only while it runs. */
  readonly live: boolean;
  /** Shows secrets. */
  readonly secure: boolean;
  /** The daemon's own file about a running object, not what clients see. */
  readonly status: boolean;
  /** For another host. */
  readonly migratable: boolean;
}

export const inactiveMode: Mode = { live: false, secure: true, status: false, migratable: false };

/** An element under construction. */
export interface Draft extends XmlElement {
  readonly attributes: XmlAttribute[];
  readonly declarations: { prefix: string; uri: string }[];
  readonly children: XmlNode[];
}

/**
 * A part of an element: how a value is read from it and how it is written back, in one place. Parts of parts make a
 * document's description; the order in which they are listed is the order of the output.
 */
export interface Part<T> {
  read(from: XmlElement, mode: Mode): T;
  write(value: T, to: Draft, mode: Mode): void;
}

export const draft = (name: string, uri = '', prefix = ''): Draft => ({
  name,
  uri,
  prefix,
  attributes: [],
  declarations: [],
  children: [],
});

/** All parts of an element, by the names of the fields they become. */
export type Parts<T> = { readonly [K in keyof T]-?: Part<T[K]> };

/** An object with one part for each field, written in the order of the fields here. */
export function record<T extends object>(parts: Parts<T>): Part<T> {
  const keys = keysOf(parts);
  return {
    read(from, mode) {
      const value: Partial<T> = {};
      for (const key of keys) value[key] = parts[key].read(from, mode);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Parts<T> has every key of T, and each was read
      return value as T;
    },
    write(value, to, mode) {
      for (const key of keys) parts[key].write(value[key], to, mode);
    },
  };
}

function keysOf<T extends object>(parts: Parts<T>): (keyof T)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- descriptions are literals: they have no other keys
  return Object.keys(parts) as (keyof T)[];
}

/** The same part with other values: `read` may throw what libvirt throws for a value that is not allowed. */
export const mapped = <A, B>(
  part: Part<A>,
  read: (value: A, from: XmlElement) => B,
  write: (value: B) => A,
): Part<B> => ({
  read: (from, mode) => read(part.read(from, mode), from),
  write: (value, to, mode) => part.write(write(value), to, mode),
});

/** The same part, looked at after it was read. */
export const checked = <T>(part: Part<T>, check: (value: T, from: XmlElement) => void): Part<T> =>
  mapped(
    part,
    (value, from) => {
      check(value, from);
      return value;
    },
    value => value,
  );

/** A value that is always written; where it is missing it is `fallback`. */
export const orElse = <T>(part: Part<T | null>, fallback: T): Part<T> => ({
  read: (from, mode) => part.read(from, mode) ?? fallback,
  write: part.write.bind(part),
});

/** A value whose default is not written. */
export const hidden = <T>(part: Part<T | null>, fallback: T): Part<T> => ({
  read: (from, mode) => part.read(from, mode) ?? fallback,
  write: (value, to, mode) => part.write(value === fallback ? null : value, to, mode),
});

/** A value that must be there; `missing` makes the error. */
export const required = <T>(part: Part<T | null>, missing: (from: XmlElement) => Error): Part<T> => ({
  read(from, mode) {
    const value = part.read(from, mode);
    if (value === null) throw missing(from);
    return value;
  },
  write: part.write.bind(part),
});

/** Exists only in the document of a running object. */
export const liveOnly = <T>(part: Part<T | null>): Part<T | null> => ({
  read: (from, mode) => (mode.live ? part.read(from, mode) : null),
  write(value, to, mode) {
    if (mode.live) part.write(value, to, mode);
  },
});

/** Children in libvirt's order, whichever of the parts wrote them. Names that are not listed come last. */
export function ordered<T>(part: Part<T>, names: readonly string[]): Part<T> {
  const ranks = new Map(names.map((name, rank) => [name, rank]));
  const rank = (node: XmlNode): number => ('name' in node ? (ranks.get(node.name) ?? names.length) : -1);
  return {
    read: part.read.bind(part),
    write(value, to, mode) {
      part.write(value, to, mode);
      to.children.sort((a, b) => rank(a) - rank(b));
    },
  };
}

/** A field that the document does not show. */
export const absent = <T>(value: T): Part<T> => ({ read: () => value, write() {} });
