import type * as libxml2Types from 'libxml2-wasm';
import type { ErrorDetail, XmlDocument, XmlElement as LibxmlElement, XmlNode as LibxmlNode } from 'libxml2-wasm';
import { ErrorCode, ErrorDomain } from '../contract/constants.ts';
import { LibvirtError, errors } from '../contract/error.ts';
import { checkBounds, documentLimits } from './bounds.ts';
import type { XmlElement, XmlNode } from './tree.ts';

/** The library's module, as far as it is used here. */
type Libxml2 = typeof libxml2Types;

let loading: Promise<Libxml2> | null = null;

/** libxml2, compiled when the first document is read: it is a megabyte that a daemon without work does not need. */
export const libxml2 = (): Promise<Libxml2> => (loading ??= import('libxml2-wasm'));

export interface ReadOptions {
  /** What the errors' location calls the document, e.g. "domain_definition". */
  readonly what: string;
  /** The error domain of a document that is not well-formed. */
  readonly domain: ErrorDomain;
  /** The root element that the document must have; null for any. */
  readonly root: string | null;
  /** Called with the parsed document before it is turned into a tree: schema validation. */
  readonly check?: (document: XmlDocument) => void;
}

/**
 * Parses a client's document. No network, no DTD, no entities; its cost is bounded (see `documentLimits`). Throws
 * xmlDetail with libvirt's text (location, message, source line, mark) when it is not well-formed.
 */
export async function readXml(xml: string, options: ReadOptions): Promise<XmlElement> {
  checkBounds(xml);
  return readChecked(await libxml2(), xml, options);
}

function readChecked(library: Libxml2, xml: string, options: ReadOptions): XmlElement {
  using document = parse(library, xml, options);
  const { name } = document.root;
  if (options.root !== null && name !== options.root)
    throw errors.xmlError(`expecting root element of '${options.root}', not '${name}'`, ErrorDomain.XML);
  options.check?.(document);
  return plainElement(library, document.root, 0);
}

/**
 * First without reports: what is merely an error to libxml2 (a prefix that nobody declared) is none to libvirt. A
 * document that is not well-formed is parsed again, to learn why.
 */
function parse(library: Libxml2, xml: string, options: ReadOptions): XmlDocument {
  const { XML_PARSE_NONET, XML_PARSE_NO_XXE, XML_PARSE_NOBLANKS, XML_PARSE_NOWARNING, XML_PARSE_NOERROR } =
    library.ParseOption;
  try {
    return library.XmlDocument.fromString(xml, {
      option: XML_PARSE_NONET | XML_PARSE_NO_XXE | XML_PARSE_NOBLANKS | XML_PARSE_NOWARNING | XML_PARSE_NOERROR,
    });
  } catch (error) {
    if (!(error instanceof library.XmlLibError)) throw error;
    throw syntaxError(xml, reports(library, xml), options);
  }
}

function reports(library: Libxml2, xml: string): ErrorDetail[] {
  const { XML_PARSE_NONET, XML_PARSE_NO_XXE, XML_PARSE_NOWARNING } = library.ParseOption;
  try {
    library.XmlDocument.fromString(xml, { option: XML_PARSE_NONET | XML_PARSE_NO_XXE | XML_PARSE_NOWARNING }).dispose();
    return [];
  } catch (error) {
    if (error instanceof library.XmlLibError) return error.details;
    throw error;
  }
}

/** libxml2's level of what makes a document not well-formed. */
const FATAL = 3;

/** libvirt's text: "(what):LINE: message", the source line, and a mark below the column. */
function syntaxError(xml: string, details: readonly ErrorDetail[], options: ReadOptions): LibvirtError {
  const detail = details.find(({ level }) => level >= FATAL) ?? details[0];
  const line = detail?.line ?? 1;
  const message = detail?.message.replace(/\n+$/, '') ?? 'Document is empty';
  const source = xml.split('\n')[line - 1] || '(null)';
  const shown = source.slice(0, 400);
  const column = source === '(null)' ? 0 : Math.min(Math.max((detail?.col ?? 1) - 1, 0), shown.length);
  const text = `(${options.what}):${line}: ${message}\n${shown}\n${'-'.repeat(column)}^`;
  return new LibvirtError(ErrorCode.XML_DETAIL, options.domain, text, { str1: '%s', str2: text });
}

function plainElement(library: Libxml2, element: LibxmlElement, depth: number): XmlElement {
  if (depth > documentLimits.depth) throw errors.xmlError('the document is nested too deeply', ErrorDomain.XML);
  const children: XmlNode[] = [];
  for (const child of childNodes(element)) {
    const node = plainNode(library, child, depth);
    if (node !== null) children.push(node);
  }
  const declared = element.nsDeclarations;
  return {
    name: element.name,
    uri: element.namespaceUri,
    prefix: element.prefix,
    declarations: Object.keys(declared).map(prefix => ({ prefix, uri: declared[prefix] ?? '' })),
    attributes: element.attrs.map(attribute => ({
      name: attribute.prefix === '' ? attribute.name : `${attribute.prefix}:${attribute.name}`,
      value: attribute.content,
    })),
    children,
  };
}

/** The library's processing instructions do not know their neighbours: an element that has one is walked by XPath. */
function childNodes(element: LibxmlElement): LibxmlNode[] {
  const nodes: LibxmlNode[] = [];
  for (let child = element.firstChild; child !== null; child = child.next) {
    if (!('next' in child)) return element.find('child::node()');
    nodes.push(child);
  }
  return nodes;
}

function plainNode(library: Libxml2, node: object, depth: number): XmlNode | null {
  if (node instanceof library.XmlElement) return plainElement(library, node, depth + 1);
  if (node instanceof library.XmlCData) return { kind: 'cdata', text: node.content };
  if (node instanceof library.XmlText) return { kind: 'text', text: node.content };
  if (node instanceof library.XmlComment) return { kind: 'comment', text: node.content };
  return null;
}
