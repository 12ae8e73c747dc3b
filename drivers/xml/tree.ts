/**
 * A document as plain data: what the reader makes, descriptions read from and write to, and the writer prints. Nothing
 * here holds on to the parser's memory, so a tree can be kept, copied and compared.
 */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** The name space it belongs to; empty for none. */
  readonly uri: string;
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  /** Name spaces declared on this very element. */
  readonly declarations: readonly { readonly prefix: string; readonly uri: string }[];
  readonly children: readonly XmlNode[];
  /** In output only: written with both tags, on lines of their own, also when it is empty. */
  readonly open?: boolean;
}

export interface XmlAttribute {
  /** With its prefix, if it has one. */
  readonly name: string;
  readonly value: string;
}

/** Text, and what metadata may hold besides: comments and CDATA sections come back as they were written. */
export interface XmlText {
  readonly kind: 'text' | 'cdata' | 'comment';
  readonly text: string;
}

/** In output only: an element that keeps its own form, whatever the form of the document around it. */
export interface Verbatim {
  readonly kind: 'verbatim';
  readonly element: XmlElement;
}

export type XmlNode = XmlElement | XmlText | Verbatim;

export const isElement = (node: XmlNode): node is XmlElement => 'name' in node;

/** The value of an attribute, null where there is none. */
export function attributeOf(element: XmlElement, name: string): string | null {
  for (const attribute of element.attributes) if (attribute.name === name) return attribute.value;
  return null;
}

/** The children of that name that belong to `uri` (by default to no name space). */
export function childrenOf(element: XmlElement, name: string, uri = ''): XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of element.children)
    if (isElement(child) && child.name === name && child.uri === uri) found.push(child);
  return found;
}

export function childOf(element: XmlElement, name: string, uri = ''): XmlElement | null {
  for (const child of element.children) if (isElement(child) && child.name === name && child.uri === uri) return child;
  return null;
}

/** All text below an element, as libxml2 counts its content: comments are none. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const child of element.children) {
    if (isElement(child)) text += textOf(child);
    else if (child.kind === 'text' || child.kind === 'cdata') text += child.text;
  }
  return text;
}

/** An element of no name space, for those who build documents. */
export const xmlElement = (
  name: string,
  attributes: Readonly<Record<string, string | null>> = {},
  children: readonly (XmlNode | string)[] = [],
): XmlElement => ({
  name,
  uri: '',
  prefix: '',
  declarations: [],
  attributes: Object.entries(attributes).flatMap(([key, value]) => (value === null ? [] : [{ name: key, value }])),
  children: children.map(child => (typeof child === 'string' ? { kind: 'text', text: child } : child)),
});

export const qualifiedName = ({ name, prefix }: XmlElement): string => (prefix === '' ? name : `${prefix}:${name}`);
