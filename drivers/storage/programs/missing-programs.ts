import { findTool } from '../../../native/tools/find-tool.ts';

/** Why pools that need these programs cannot be run; null: they can. */
export function missingPrograms(...names: readonly string[]): string | null {
  const missing = names.find(name => findTool(name) === null);
  return missing === undefined ? null : `${missing} is not installed`;
}
