import { attributeOf, isElement, textOf, type XmlElement } from '../tree.ts';
import type { Part } from './part.ts';
import { invalidValue } from './text.ts';

/**
 * The form of an element that is stored and echoed without being understood: what it may hold, in the order in which it
 * is written. What a form does not name is dropped, as libvirt drops what it does not know.
 */
export interface Form {
  readonly name: string;
  readonly attributes: readonly FormAttribute[];
  readonly text: boolean;
  readonly forms: Forms;
  /** Its place among the others. */
  readonly rank: number;
}

/** Forms by the names of their elements, in the order in which they are written. */
export type Forms = ReadonlyMap<string, Form>;

export interface FormAttribute {
  readonly name: string;
  readonly fallback: string | null;
  /** The values it may have; null for any. */
  readonly values: readonly string[] | null;
}

/**
 * Reads a table of forms. A line is an element: its name, then its attributes ("model"; "mode=custom" with the value that
 * is written when it is missing; "model:none,virtio" with the only values it may have), then "#" if it holds text. Its children are the lines below it, two spaces deeper.
 */
export function forms(table: string): Forms {
  const top = new Map<string, Form>();
  const open = [{ depth: -1, forms: top }];
  for (const line of table.split('\n')) {
    const [name = '', ...words] = line.trim().split(/\s+/);
    if (name === '') continue;
    const depth = line.search(/\S/);
    while ((open.at(-1)?.depth ?? -1) >= depth) open.pop();
    const siblings = open.at(-1)?.forms ?? top;
    const children = new Map<string, Form>();
    const attributes = words.filter(isAttribute).map(formAttribute);
    siblings.set(name, { name, attributes, text: words.includes('#'), forms: children, rank: siblings.size });
    open.push({ depth, forms: children });
  }
  return top;
}

const isAttribute = (word: string): boolean => word !== '#';

function formAttribute(word: string): FormAttribute {
  const [said = '', values = null] = word.split(':');
  const [name = '', fallback = null] = said.split('=');
  return { name, fallback, values: values?.split(',') ?? null };
}

/** `element` as its form writes it. */
export function shaped(element: XmlElement, form: Form): XmlElement {
  const attributes = form.attributes.flatMap(({ name, fallback, values }) => {
    const value = attributeOf(element, name) ?? fallback;
    if (value !== null && values?.includes(value) === false) throw invalidValue(value, { element, attribute: name });
    return value === null ? [] : [{ name, value }];
  });
  const text = form.text ? textOf(element) : '';
  return {
    name: element.name,
    uri: '',
    prefix: '',
    declarations: [],
    attributes,
    children: [...shapedChildren(element, form.forms), ...(text === '' ? [] : [{ kind: 'text' as const, text }])],
  };
}

/** The children that have a form, in the order of the forms. */
export function shapedChildren(element: XmlElement, known: Forms): XmlElement[] {
  const found: { rank: number; shape: XmlElement }[] = [];
  for (const child of element.children) {
    const form = isElement(child) && child.uri === '' ? known.get(child.name) : undefined;
    if (form !== undefined && isElement(child)) found.push({ rank: form.rank, shape: shaped(child, form) });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ shape }) => shape);
}

/** Children that are stored and echoed; `complete` fills in what libvirt would, or refuses what it would. */
export const foreign = (
  known: Forms,
  complete: (element: XmlElement) => XmlElement = element => element,
): Part<XmlElement[]> => ({
  read: from => shapedChildren(from, known).map(complete),
  write(values, to) {
    to.children.push(...values);
  },
});
