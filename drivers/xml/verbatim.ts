import { isElement, qualifiedName, type XmlElement, type XmlNode } from './tree.ts';

/**
 * Prints an application's own markup as libxml2 prints it: double quotes, elements indented only where no text stands
 * between them, comments and CDATA as they were. `level` is the depth of the element; its first line is not indented,
 * and nothing follows its end tag.
 */
export function formatVerbatim(element: XmlElement, level: number): string {
  return print(element, level, true);
}

function print(element: XmlElement, level: number, format: boolean): string {
  const name = qualifiedName(element);
  let tag = `<${name}`;
  for (const { prefix, uri } of element.declarations)
    tag += ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeAttribute(uri)}"`;
  for (const { name: key, value } of element.attributes) tag += ` ${key}="${escapeAttribute(value)}"`;
  if (element.children.length === 0) return `${tag}/>`;
  const laidOut = format && !element.children.some(child => !isElement(child) && child.kind !== 'comment');
  const inner = element.children.map(child => printNode(child, level + 1, laidOut));
  if (!laidOut) return `${tag}>${inner.join('')}</${name}>`;
  const indent = '  '.repeat(level + 1);
  return `${tag}>\n${inner.map(child => `${indent}${child}\n`).join('')}${'  '.repeat(level)}</${name}>`;
}

function printNode(node: XmlNode, level: number, format: boolean): string {
  if (isElement(node)) return print(node, level, format);
  if (node.kind === 'cdata') return `<![CDATA[${node.text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
  if (node.kind === 'comment') return `<!--${node.text}-->`;
  return node.kind === 'verbatim' ? print(node.element, level, format) : escapeText(node.text);
}

const escapeText = (text: string): string =>
  text.replace(/[<>&\r]/g, found => (found === '\r' ? '&#13;' : (named[found] ?? found)));

const named: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

const escapeAttribute = (text: string): string =>
  text
    .replace(/[<>&"\r\n\t]/g, found => named[found] ?? `&#${found.charCodeAt(0)};`)
    .replace(/[\u{80}-\u{10ffff}]/gu, reference);

/** libxml2 writes what is not ASCII as a number, in attributes only. */
const reference = (character: string): string => `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()};`;
