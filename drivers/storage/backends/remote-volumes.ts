import type { StoragePool } from '../pool.ts';
import type { WholeVolumeBackend } from '../volume-backend.ts';
import { AnsweringServers } from './answering-servers.ts';
import { targetPath } from './target-path.ts';

/** Volumes of a directory of a server, which may not answer: then every call says so, and none waits for it. */
export function remoteVolumes(volumes: WholeVolumeBackend): WholeVolumeBackend {
  const servers = new AnsweringServers();
  /** What is done at once. */
  const call = <T>({ definition }: StoragePool, work: () => Promise<T>): Promise<T> =>
    servers.call(targetPath(definition), work);
  /** What takes long, and is asked for by few. */
  const begin = async <T>({ definition }: StoragePool, work: () => Promise<T>): Promise<T> => {
    await servers.require(targetPath(definition));
    return await work();
  };
  return {
    place: (pool, wanted) => call(pool, () => volumes.place(pool, wanted)),
    describe: (pool, volume) => call(pool, () => volumes.describe(pool, volume)),
    open: (pool, ...rest) => call(pool, () => volumes.open(pool, ...rest)),
    upload: (pool, ...rest) => call(pool, () => volumes.upload(pool, ...rest)),
    download: (pool, ...rest) => call(pool, () => volumes.download(pool, ...rest)),
    build: (pool, ...rest) => begin(pool, () => volumes.build(pool, ...rest)),
    buildFrom: (pool, ...rest) => begin(pool, () => volumes.buildFrom(pool, ...rest)),
    remove: (pool, ...rest) => begin(pool, () => volumes.remove(pool, ...rest)),
    resize: (pool, ...rest) => begin(pool, () => volumes.resize(pool, ...rest)),
  };
}
