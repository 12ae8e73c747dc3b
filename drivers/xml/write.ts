import { isElement, qualifiedName, type Verbatim, type XmlElement, type XmlNode, type XmlText } from './tree.ts';
import { formatVerbatim } from './verbatim.ts';

/**
 * Prints a tree as libvirt prints: two spaces a level, single quotes, `<a/>` for an element without content, text and
 * attributes with all five characters escaped. Ends with a line feed.
 */
export function formatXml(element: XmlElement, indent = 0): string {
  const lines: string[] = [];
  write(element, '  '.repeat(indent), lines);
  return lines.join('');
}

const entities: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '\r': '&#13;',
  '"': '&quot;',
};

// oxlint-disable-next-line no-control-regex -- those that no XML document can hold
const special = /[<>&'"\x00-\x08\x0b-\x1f]/g;
const whitespace = /[\t\n]/g;

/** Control characters are left out, as libvirt leaves them out; a carriage return survives as a reference. */
const escapeXml = (text: string): string =>
  text.search(special) < 0 ? text : text.replace(special, found => entities[found] ?? '');

/** As above; line feeds and tabs as references too, because readers make spaces of them. */
const escapeAttribute = (text: string): string =>
  escapeXml(text).replace(whitespace, found => (found === '\n' ? '&#10;' : '&#9;'));

function write(element: XmlElement, indent: string, lines: string[]): void {
  const name = qualifiedName(element);
  let tag = `${indent}<${name}`;
  for (const { name: key, value } of element.attributes) tag += ` ${key}='${escapeAttribute(value)}'`;
  for (const { prefix, uri } of element.declarations)
    tag += ` xmlns${prefix === '' ? '' : `:${prefix}`}='${escapeXml(uri)}'`;
  const [first] = element.children;
  if (first === undefined) lines.push(element.open === true ? `${tag}>\n${indent}</${name}>\n` : `${tag}/>\n`);
  else if (!isElement(first) && isInline(first) && element.children.length === 1)
    lines.push(`${tag}>${escapeXml(first.text)}</${name}>\n`);
  else {
    lines.push(`${tag}>\n`);
    for (const child of element.children) writeChild(child, `${indent}  `, lines);
    lines.push(`${indent}</${name}>\n`);
  }
}

function writeChild(node: XmlNode, indent: string, lines: string[]): void {
  if (isElement(node)) write(node, indent, lines);
  else if (node.kind === 'verbatim') lines.push(`${indent}${formatVerbatim(node.element, indent.length / 2)}\n`);
  else if (node.kind !== 'comment') lines.push(`${indent}${escapeXml(node.text)}\n`);
}

/** A comment is not printed; an element that has nothing else is printed on two lines, as libvirt prints some. */
const isInline = (node: XmlText | Verbatim): node is XmlText => node.kind === 'text' || node.kind === 'cdata';
