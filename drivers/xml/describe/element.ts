import { childOf, childrenOf } from '../tree.ts';
import { content } from './attribute.ts';
import { draft, type Part } from './part.ts';
import type { Text } from './text.ts';

/** The first child of that name; null where there is none, and then nothing is written. */
export const child = <T>(name: string, part: Part<T>): Part<T | null> => ({
  read(from, mode) {
    const found = childOf(from, name);
    return found === null ? null : part.read(found, mode);
  },
  write(value, to, mode) {
    if (value === null) return;
    const element = draft(name);
    part.write(value, element, mode);
    to.children.push(element);
  },
});

/** Every child of that name. */
export const children = <T>(name: string, part: Part<T>): Part<T[]> => ({
  read: (from, mode) => childrenOf(from, name).map(found => part.read(found, mode)),
  write(values, to, mode) {
    for (const value of values) {
      const element = draft(name);
      part.write(value, element, mode);
      to.children.push(element);
    }
  },
});

/** An element that groups: read as if it were there, written only when it has something to hold. */
export const group = <T>(name: string, part: Part<T>): Part<T> => ({
  read: (from, mode) => part.read(childOf(from, name) ?? draft(name), mode),
  write(value, to, mode) {
    const element = draft(name);
    part.write(value, element, mode);
    if (element.attributes.length > 0 || element.children.length > 0) to.children.push(element);
  },
});

/** A child that holds one value as its text; null where it is missing or empty. */
export const textChild = <T>(name: string, text: Text<T>): Part<T | null> => {
  const part = content(text);
  return {
    read(from, mode) {
      const found = childOf(from, name);
      return found === null ? null : part.read(found, mode);
    },
    write(value, to, mode) {
      if (value === null) return;
      const element = draft(name);
      part.write(value, element, mode);
      to.children.push(element);
    },
  };
};

/** An empty child that says yes by being there. */
export const flag = (name: string): Part<boolean> => ({
  read: from => childOf(from, name) !== null,
  write(value, to) {
    if (value) to.children.push(draft(name));
  },
});

/** As `children`; an empty one is written with both tags, as libvirt writes those of some kinds. */
export const openChildren = <T>(name: string, part: Part<T>): Part<T[]> => ({
  read: (from, mode) => childrenOf(from, name).map(found => part.read(found, mode)),
  write(values, to, mode) {
    for (const value of values) {
      const element = draft(name);
      part.write(value, element, mode);
      to.children.push({ ...element, open: true });
    }
  },
});
