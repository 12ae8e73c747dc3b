import type { NftPurpose } from '../ffi/nftables.ts';
import { runTool, ToolError } from '../tools/run-tool.ts';

const programOptions = {
  apply: ['-f', '-'],
  check: ['-c', '-f', '-'],
  list: ['-j', '-t', '-f', '-'],
} as const satisfies Record<NftPurpose, readonly string[]>;

/**
 * Runs commands in nft's language, as one transaction: by its library, or by the program where that is all the host has.
 * Returns what `list` prints. Throws ToolError with what is wrong; its code is ENOENT where the host has neither.
 */
export async function nft(purpose: NftPurpose, text: string): Promise<string> {
  // most daemons never need it
  const { runNftLibrary } = await import('../ffi/nftables.ts');
  const outcome = await runNftLibrary(text, purpose);
  if (outcome === null) return await runTool('nft', programOptions[purpose], { input: text });
  if (!outcome.succeeded) throw new ToolError('nft', 'exit status 1', outcome.complaint);
  return outcome.output;
}
