/** What `nft -j list ruleset` prints, as far as it is looked at: chains in their tables, and their rules as statements. */
import { runTool } from '../tools/run-tool.ts';

export interface RulesetChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Of a base chain: where the kernel looks at it, and what becomes of what no rule decides. */
  readonly hook: string | null;
  readonly type: string | null;
  readonly policy: string | null;
  /** Each a list of statements, in the order in which they are looked at. */
  readonly rules: readonly (readonly Statement[])[];
}

/** One statement, by its only key: { match: … }, { accept: null }, { jump: { target } }. */
export type Statement = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without the elements of named sets, which may be millions. Throws ToolError. */
export async function readRuleset(): Promise<RulesetChain[]> {
  return parseRuleset(await runTool('nft', ['-j', '-t', 'list', 'ruleset']));
}

function parseRuleset(text: string): RulesetChain[] {
  const document: unknown = JSON.parse(text);
  const items: unknown[] = isRecord(document) && Array.isArray(document['nftables']) ? document['nftables'] : [];
  const rules = Map.groupBy(
    items.flatMap(item => (isRecord(item) && isRecord(item['rule']) ? [item['rule']] : [])),
    rule => key(rule['family'], rule['table'], rule['chain']),
  );
  return items.flatMap(item => {
    const chain = isRecord(item) ? item['chain'] : null;
    if (!isRecord(chain)) return [];
    const found = rules.get(key(chain['family'], chain['table'], chain['name'])) ?? [];
    return {
      family: String(chain['family']),
      table: String(chain['table']),
      name: String(chain['name']),
      hook: textOf(chain['hook']),
      type: textOf(chain['type']),
      policy: textOf(chain['policy']),
      rules: found.map(({ expr }) => (Array.isArray(expr) ? expr.filter(isRecord) : [])),
    };
  });
}

const key = (...parts: readonly unknown[]): string => parts.map(String).join('\0');
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
