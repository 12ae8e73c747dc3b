import { MountAttribute, type Operation } from '../../../native/plan/plan.ts';

/** A file of the host that is seen in place of one of the container's /proc. */
export interface ProcFile {
  readonly name: string;
  readonly source: string;
}

const { NOSUID, NODEV, NOEXEC } = MountAttribute;

export const procFileOperations = (files: readonly ProcFile[]): Operation[] =>
  files.map(({ name, source: path }) => ({
    do: 'attach',
    mount: { from: 'path', path, recursive: false, attributes: NOSUID | NODEV | NOEXEC, entries: [] },
    target: `/proc/${name}`,
  }));
