import { access, readFile } from 'node:fs/promises';
import type { RelaxNGValidator, XmlDocument } from 'libxml2-wasm';
import { ErrorDomain } from '../contract/constants.ts';
import { errors } from '../contract/error.ts';
import { libxml2 } from './read.ts';

/** Where distributions keep libvirt's schemas. */
const DIRECTORY = '/usr/share/libvirt/schemas';

const compiled = new Map<string, Promise<RelaxNGValidator>>();

/**
 * What checks a document against the system's RELAX NG schema of that name. The schema is compiled once. Throws
 * internalError when the host has none: a check that was asked for is never skipped.
 */
export async function schemaCheck(name: string): Promise<(document: XmlDocument) => void> {
  const path = `${DIRECTORY}/${name}.rng`;
  const loading = compiled.get(path) ?? compile(path);
  compiled.set(path, loading);
  const validator = await loading.catch(error => {
    compiled.delete(path);
    throw error;
  });
  const { XmlValidateError } = await libxml2();
  return document => {
    try {
      validator.validate(document);
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      throw errors.xmlInvalidSchema(
        summary(
          path,
          error.details.map(({ message }) => message),
        ),
        ErrorDomain.XML,
      );
    }
  };
}

/** libvirt's form: the schema's path and what the validator said. */
const summary = (path: string, messages: readonly string[]): string =>
  `Unable to validate doc against ${path}\n${messages.slice(0, 20).join('')}`;

/** Schemas include one another from disk; no document of a client may, so the parser can read files here alone. */
async function compile(path: string): Promise<RelaxNGValidator> {
  await access(path).catch(error => {
    throw errors.internalError(
      `the schema ${path} is missing: documents cannot be validated on this host`,
      ErrorDomain.XML,
      {
        cause: error,
      },
    );
  });
  const { XmlDocument, RelaxNGValidator, ParseOption, xmlCleanupInputProvider } = await libxml2();
  const { xmlRegisterFsInputProviders } = await import('libxml2-wasm/lib/nodejs.mjs');
  const text = await readFile(path);
  xmlRegisterFsInputProviders();
  try {
    using document = XmlDocument.fromBuffer(text, { url: path, option: ParseOption.XML_PARSE_NONET });
    return RelaxNGValidator.fromDoc(document);
  } finally {
    xmlCleanupInputProvider();
  }
}
