import { ErrorDomain } from '../../contract/constants.ts';
import { commentable } from '../comment.ts';
import { draft, inactiveMode } from '../describe/part.ts';
import { readXml } from '../read.ts';
import { schemaCheck } from '../schema.ts';
import { childOf, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';
import { xmlError } from './errors.ts';
import type { PoolDefinition, PoolFigures } from './pool-definition.ts';
import { readPool, writePool } from './pool-description.ts';

const noFigures: PoolFigures = { capacity: 0n, allocation: 0n, available: 0n };

/**
 * A pool's definition from its document. Throws what libvirt throws: xmlDetail, xmlError, configUnsupported, and
 * xmlInvalidSchema of `validate`.
 */
export async function parsePool(xml: string, validate = false): Promise<PoolDefinition> {
  const check = validate ? await schemaCheck('storagepool') : undefined;
  const root = await readXml(xml, {
    what: 'storage_pool_definition',
    root: 'pool',
    domain: ErrorDomain.STORAGE,
    ...(check === undefined ? {} : { check }),
  });
  return readPool(root, inactiveMode);
}

/** A pool's document, laid out as libvirt lays it out. */
export const formatPool = (definition: PoolDefinition, figures: PoolFigures = noFigures): string =>
  formatXml(poolElement(definition, figures));

const fileHeader = (name: string): string => `<!--
This file is written by the daemon that manages the pool: a change made here is lost with its next write.
To change the pool, use
  virsh pool-edit ${commentable(name)}
or another program that talks to the daemon.
-->

`;

/** The file that keeps a definition. */
export const formatStoredPool = (definition: PoolDefinition): string =>
  fileHeader(definition.name) + formatPool(definition);

/** The file by which a later daemon knows that a pool is active. */
export const formatPoolState = (definition: PoolDefinition): string =>
  fileHeader(definition.name) + formatXml({ ...draft('poolstate'), children: [poolElement(definition, noFigures)] });

export async function parsePoolState(xml: string): Promise<PoolDefinition> {
  const root = await readXml(xml, { what: 'pool_state', root: 'poolstate', domain: ErrorDomain.STORAGE });
  const pool = childOf(root, 'pool');
  if (pool === null) throw xmlError('a pool state without a pool');
  return readPool(pool, inactiveMode);
}

function poolElement(definition: PoolDefinition, figures: PoolFigures): XmlElement {
  const element = draft('pool');
  writePool(definition, figures, element, inactiveMode);
  return element;
}
