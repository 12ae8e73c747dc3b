import { errors } from '../contract/error.ts';

/** What a client's document may cost. Real documents stay a hundred times below. */
export const documentLimits = { characters: 4 * 1024 * 1024, tags: 40_000, quotes: 200_000, depth: 200 } as const;

const LESS_THAN = 0x3c;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/**
 * Throws before the parser spends memory on a document that is too large, has too many elements or attributes, or
 * brings a DTD: without one there are no entities to expand and nothing to fetch.
 */
export function checkBounds(xml: string): void {
  if (xml.length > documentLimits.characters) throw tooMuch('characters', documentLimits.characters);
  let tags = 0;
  let quotes = 0;
  for (let at = 0; at < xml.length; at++) {
    const code = xml.charCodeAt(at);
    if (code === LESS_THAN) tags++;
    else if (code === QUOTE || code === APOSTROPHE) quotes++;
  }
  if (tags > documentLimits.tags) throw tooMuch('tags', documentLimits.tags);
  if (quotes > documentLimits.quotes) throw tooMuch('quotation marks', documentLimits.quotes);
  if (hasDoctype(xml)) throw errors.xmlError('a document type declaration is not accepted');
}

const tooMuch = (what: string, limit: number) => errors.xmlError(`the document has more than ${limit} ${what}`);

/** A DOCTYPE stands between the prolog's comments and instructions and the root element, nowhere else. */
function hasDoctype(xml: string): boolean {
  let at = 0;
  for (;;) {
    at = xml.indexOf('<', at);
    if (at < 0) return false;
    if (xml.startsWith('<!DOCTYPE', at)) return true;
    const end = xml.startsWith('<?', at) ? '?>' : xml.startsWith('<!--', at) ? '-->' : null;
    if (end === null) return false;
    at = xml.indexOf(end, at);
    if (at < 0) return false;
  }
}
