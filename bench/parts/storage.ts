import type { Part } from '../part.ts';
import { refresh } from './refresh.ts';
import { transfer } from './transfer.ts';

/** A pool with very many volumes, and a very large one. */
export const storage: Part = {
  figures: { ...refresh.figures, ...transfer.figures },
  measure: async target => ({ ...(await refresh.measure(target)), ...(await transfer.measure(target)) }),
};
