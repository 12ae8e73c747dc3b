import { ErrorDomain } from '../../contract/constants.ts';
import { draft, inactiveMode } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { xmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import type { PoolSource, PoolType } from './pool-definition.ts';
import { emptySource, source } from './pool-source.ts';
import { poolTypeForms } from './pool-types.ts';

/** What a client's `<source>` document narrows a search to. Throws as other documents do. */
export async function parseSourceSpecification(type: PoolType, xml: string): Promise<PoolSource> {
  const root = await readXml(xml, {
    what: 'storage_source_specification',
    root: 'source',
    domain: ErrorDomain.STORAGE,
  });
  return source(poolTypeForms[type]).read({ ...draft('pool'), children: [root] }, inactiveMode);
}

/** A `<sources>` document: what could become pools of that type. */
export function formatSources(type: PoolType, found: readonly Partial<PoolSource>[]): string {
  const list = draft('sources');
  const part = source(poolTypeForms[type]);
  for (const one of found) part.write({ ...emptySource, ...one }, list, inactiveMode);
  if (list.children.length === 0) return formatXml(xmlElement('sources', {}, [{ kind: 'comment', text: '' }]));
  return formatXml(list);
}
