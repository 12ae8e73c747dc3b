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
  readonly forms: readonly Form[];
}

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
export function forms(table: string): Form[] {
  const root: { depth: number; forms: Form[] }[] = [{ depth: -1, forms: [] }];
  for (const line of table.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [name] = words;
    if (name === undefined || name === '') continue;
    const depth = line.search(/\S/);
    while ((root.at(-1)?.depth ?? -1) >= depth) root.pop();
    const children: Form[] = [];
    root.at(-1)?.forms.push({
      name,
      attributes: words.slice(1).filter(isAttribute).map(formAttribute),
      text: words.includes('#'),
      forms: children,
    });
    root.push({ depth, forms: children });
  }
  return root[0]?.forms ?? [];
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
export const shapedChildren = (element: XmlElement, known: readonly Form[]): XmlElement[] =>
  known.flatMap(form =>
    element.children
      .filter(isElement)
      .filter(child => child.uri === '' && child.name === form.name)
      .map(child => shaped(child, form)),
  );

/** Children that are stored and echoed; `complete` fills in what libvirt would, or refuses what it would. */
export const foreign = (
  known: readonly Form[],
  complete: (element: XmlElement) => XmlElement = element => element,
): Part<XmlElement[]> => ({
  read: from => shapedChildren(from, known).map(complete),
  write(values, to) {
    to.children.push(...values);
  },
});
