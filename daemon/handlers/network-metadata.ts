import { DomainMetadataType as Metadata, ErrorDomain } from '../../drivers/contract/constants.ts';
import { badArgument } from './argument.ts';

interface MetadataArguments {
  readonly type: number;
  readonly uri: string | null;
  /** Those of the setting function. */
  readonly metadata?: string | null;
  readonly key?: string | null;
}

/** What the API checks of metadata's arguments: elements have a name space and, when they are set, a prefix; texts do not. */
export function requireMetadataArguments(
  api: string,
  { type, uri, metadata = null, key = null }: MetadataArguments,
): void {
  const must = (name: string, rule: string): Error => badArgument(api, name, rule, ErrorDomain.NETWORK);
  if (type === Metadata.ELEMENT) {
    if (uri === null) throw must('uri', 'must not be NULL');
    if (metadata !== null && key === null) throw must('key', 'must not be NULL');
    return;
  }
  if (type !== Metadata.TITLE && type !== Metadata.DESCRIPTION) return;
  if (uri !== null) throw must('uri', 'must be NULL');
  if (key !== null) throw must('key', 'must be NULL');
  if (type === Metadata.TITLE && metadata?.includes('\n') === true)
    throw must('metadata title', "can't contain newlines");
}
