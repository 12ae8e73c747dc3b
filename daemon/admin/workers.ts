import { ErrorDomain } from '../../drivers/contract/constants.ts';
import type { TypedParameter } from '../../drivers/contract/domain.ts';
import { errors } from '../../drivers/contract/error.ts';
import type { Server } from '../rpc/server.ts';
import type { Workers } from '../rpc/workers.ts';
import { uint, wantedFigures } from './figures.ts';

/**
 * A server's thread pool, by the names of virAdmServerGetThreadPoolParameters. Calls are tasks of one thread here, and as
 * many as clients may have run side by side: a worker is a call that is being answered, one that is free is one of
 * `minWorkers` that is not, and a job in the queue is a client that may not have another call until one of its own ends.
 */
export function workerFigures({ workers: { min, max, priority }, clients }: Server): TypedParameter[] {
  const all = [...clients.values()];
  const busy = all.reduce((sum, { runningCalls }) => sum + runningCalls, 0);
  const waiting = all.filter(({ waits }) => waits).length;
  const there = Math.max(min, busy);
  return [
    uint('minWorkers', min),
    uint('maxWorkers', max),
    uint('nWorkers', there),
    uint('freeWorkers', there - busy),
    uint('prioWorkers', priority),
    uint('jobQueueDepth', waiting),
  ];
}

/** Throws invalidArg as libvirt's thread pool does. */
export function changedWorkers(workers: Workers, params: readonly TypedParameter[]): Workers {
  const wanted = wantedFigures(params, ['minWorkers', 'maxWorkers', 'prioWorkers']);
  const changed = {
    min: wanted.minWorkers ?? workers.min,
    max: wanted.maxWorkers ?? workers.max,
    priority: wanted.prioWorkers ?? workers.priority,
  };
  if (changed.min > changed.max)
    throw errors.invalidArg('minWorkers cannot be larger than maxWorkers', ErrorDomain.NONE);
  return changed;
}
