import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { unsupported } from '../../xml/storage/errors.ts';
import type { PoolDefinition, PoolSource } from '../../xml/storage/pool-definition.ts';
import { parseSourceSpecification } from '../../xml/storage/pool-sources.ts';
import type { PoolBackend } from '../backend.ts';
import { failed, invalid } from '../errors.ts';
import { missingPrograms } from '../programs/missing-programs.ts';
import { runProgram } from '../programs/run-program.ts';
import type { WholeVolumeBackend } from '../volume-backend.ts';
import { noDevice } from './directory.ts';
import { answers, mount, unmountRemote, type MountWishes } from './mount.ts';
import { isMounted } from './mount-table.ts';
import { readDirectoryPool } from './read-directory-pool.ts';
import { remoteVolumes } from './remote-volumes.ts';
import { makeTarget, removeTarget } from './target-directory.ts';
import { targetPath } from './target-path.ts';

/** How each format is mounted; `helper` is the program that mount(8) needs for it. */
const formats: Readonly<
  Record<string, { readonly helper: string; readonly type: string | null; readonly options: readonly string[] }>
> = {
  auto: { helper: 'mount.nfs', type: null, options: [] },
  nfs: { helper: 'mount.nfs', type: 'nfs', options: [] },
  glusterfs: { helper: 'mount.glusterfs', type: 'glusterfs', options: ['direct-io-mode=1'] },
  cifs: { helper: 'mount.cifs', type: 'cifs', options: ['guest'] },
};

const formatOf = ({ source: { format } }: PoolDefinition) => formats[format ?? 'auto'] ?? formats['auto'];

/** Pools that are a directory of a server, mounted while they are active. */
export const networkFileSystemBackend = (volumes: WholeVolumeBackend): PoolBackend => ({
  type: 'netfs',
  callers: {
    build: 'virStorageBackendFileSystemBuild',
    delete: 'virStorageBackendDeleteLocal',
    findSources: 'virStorageBackendFileSystemNetFindPoolSources',
  },
  volumes: remoteVolumes(volumes),
  unavailable: definition => missingPrograms(formatOf(definition)?.helper ?? 'mount.nfs'),
  check: async definition => isMounted(remoteSource(definition), targetPath(definition)),
  async build(definition, { overwrite, noOverwrite }) {
    if (overwrite || noOverwrite) throw noDevice(definition.name);
    await makeTarget(definition);
  },
  start: definition => mount(definition, mountWishes(definition)),
  async refresh(pool) {
    const path = targetPath(pool.definition);
    if (!(await answers(path))) throw failed(`the file system at '${path}' does not answer`);
    return await readDirectoryPool(pool);
  },
  stop: definition => unmountRemote(definition, remoteSource(definition)),
  delete: removeTarget,
  findSources,
});

function mountWishes(definition: PoolDefinition): MountWishes {
  const { protocolVersion } = definition.source;
  const { type = null, options = [] } = formatOf(definition) ?? {};
  const version = protocolVersion === null ? [] : [`nfsvers=${protocolVersion}`];
  return { source: remoteSource(definition), type, options: [...version, ...options] };
}

/** "server:/directory", as mount(8) and the kernel's table of mounts have it. */
function remoteSource({ source: { hosts, directory, format } }: PoolDefinition): string {
  const host = onlyHost(hosts);
  if (directory?.startsWith('/') !== true) throw invalid(`the source directory '${directory}' is not an absolute path`);
  return format === 'cifs' ? `//${host}/${directory.slice(1)}` : `${host}:${directory}`;
}

/** A name that helpers of mount(8) cannot take for an option or for more than a name. */
function onlyHost(hosts: PoolSource['hosts']): string {
  const [host, ...more] = hosts;
  if (host === undefined || more.length > 0) throw unsupported('Expected exactly 1 host for the storage pool');
  if (!/^[\w[][\w.:%[\]-]*$/.test(host.name)) throw invalid(`'${host.name}' is no name of a host`);
  return host.name;
}

/** What a server of NFS exports. */
async function findSources(specification: string | null): Promise<readonly Partial<PoolSource>[]> {
  if (specification === null)
    throw errors.invalidArg('hostname must be specified for netfs sources', ErrorDomain.STORAGE);
  const { hosts } = await parseSourceSpecification('netfs', specification);
  const host = onlyHost(hosts);
  const { output } = await runProgram('showmount', ['--no-headers', '--exports', host], { timeLimit: 30_000 });
  const found = exportedDirectories(output).map(directory => ({
    hosts: [{ name: host, port: 0 }],
    directory,
    format: 'nfs',
  }));
  if (found.length === 0) throw failed(`no storage pools were found on host '${host}'`);
  return found;
}

/** showmount(8): a directory a line, then who may mount it. */
export const exportedDirectories = (output: string): string[] =>
  output.split('\n').flatMap(line => /^(\/.*?)(?:\s+\S*)?$/.exec(line.trimEnd())?.[1] ?? []);
