/** Whether nftables are as they were, asked of the kernel, which takes less than to start a program. */
import { createHash } from 'node:crypto';
import { attribute, parseAttributes, text } from '../ffi/netlink-attributes.ts';
import { SystemCallError } from '../ffi/libc.ts';
import { routeDumpInParts, routeGet } from '../ffi/rtnetlink.ts';

/** NFNL_SUBSYS_NFTABLES with NFT_MSG_GETGEN, and with NFT_MSG_GETRULE. */
const GET_GENERATION = (10 << 8) | 16;
const GET_RULES = (10 << 8) | 7;
const generationId = 1;
const ruleTable = 1;
/** struct nfgenmsg: the family (of inet's tables, or 0: of none), a version and a resource that are 0. */
const genericHeader = (family = 0): Buffer => Buffer.from([family, 0, 0, 0]);
const INET = 1;
const TRIES_MAX = 5;

/** Another text after each change of nftables, whoever made it. Null where the kernel has none, or cannot say. */
export function nftGeneration(): string | null {
  try {
    const { body } = routeGet({
      protocol: 'netfilter',
      type: GET_GENERATION,
      body: genericHeader(),
      subject: "the firewall's generation",
    });
    return parseAttributes(body, genericHeader().length).get(generationId)?.toString('hex') ?? '';
  } catch (error) {
    if (error instanceof SystemCallError) return null;
    throw error;
  }
}

/**
 * Another text when rules of a table of family inet are; that of no rules also for a table that there is not. Null as above,
 * and where others change nftables faster than they can be read.
 */
export async function nftRulesDigest(table: string): Promise<string | null> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const before = nftGeneration();
    const digest = await digestOnce(table);
    if (nftGeneration() === before) return digest;
  }
  return null;
}

async function digestOnce(table: string): Promise<string | null> {
  const hash = createHash('sha256');
  const request = {
    protocol: 'netfilter',
    type: GET_RULES,
    body: Buffer.concat([genericHeader(INET), attribute(ruleTable, text(table))]),
    subject: table,
  } as const;
  // the header has the generation, which others raise
  try {
    await routeDumpInParts(request, ({ body }) => hash.update(body.subarray(genericHeader().length)));
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof SystemCallError) return null;
    throw error;
  }
}
