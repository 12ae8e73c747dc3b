import { constants } from 'node:fs';
import type { StreamSink, StreamSource } from '../../contract/data-stream.ts';
import { ErrorDomain, StorageVolDownloadFlags, StorageVolUploadFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { VolumeRange, VolumeRef } from '../../contract/storage-volumes.ts';
import { backendOf } from '../backends/backend-table.ts';
import { refreshEvent } from '../pool-events.ts';
import { errorCode } from '../system-failure.ts';
import { systemErrorText } from '../../../native/ffi/system-error-text.ts';
import { FileSink } from './file-sink.ts';
import { FileSource } from './file-source.ts';
import { findVolume, requireBuilt, requireIdle, type FoundVolume } from './find-volume.ts';
import { openContent } from './open-content.ts';
import { refreshVolume, type VolumesContext } from './volumes-context.ts';

/** A stream that writes a volume's bytes. It is nobody else's until the stream has ended. */
export async function uploadVolume(
  context: VolumesContext,
  ref: VolumeRef,
  range: VolumeRange,
  flags: number,
): Promise<StreamSink> {
  checkFlags(flags, StorageVolUploadFlags.STORAGE_VOL_UPLOAD_SPARSE_STREAM, 'storageVolUpload', ErrorDomain.STORAGE);
  const found = findVolume(context.pools, ref);
  requireIdle(found.volume);
  const leave = enter(found);
  try {
    const sink = await sinkFor(context, found, range);
    return watched(sink, async () => {
      leave();
      await refreshVolume(context, found.pool, found.volume);
      context.events.emit(refreshEvent(found.pool));
    });
  } catch (error) {
    leave();
    throw error;
  }
}

async function sinkFor(context: VolumesContext, found: FoundVolume, range: VolumeRange): Promise<StreamSink> {
  const { volumes } = backendOf(context.backends, found.pool.definition.type);
  const own = await volumes?.upload?.(found.pool, found.volume, range);
  if (own != null) return own;
  return await FileSink.create(await openStream(context, found, range, constants.O_RDWR), range, found.volume.path);
}

/** A stream that reads a volume's bytes, with its holes if the client knows of holes. */
export async function downloadVolume(
  context: VolumesContext,
  ref: VolumeRef,
  range: VolumeRange,
  flags: number,
): Promise<StreamSource> {
  const { STORAGE_VOL_DOWNLOAD_SPARSE_STREAM: SPARSE } = StorageVolDownloadFlags;
  checkFlags(flags, SPARSE, 'storageVolDownload', ErrorDomain.STORAGE);
  const found = findVolume(context.pools, ref);
  requireBuilt(found.volume);
  const leave = enter(found);
  try {
    const { volumes } = backendOf(context.backends, found.pool.definition.type);
    const own = await volumes?.download?.(found.pool, found.volume, range);
    const source =
      own ??
      (await FileSource.create(await openStream(context, found, range, constants.O_RDONLY), {
        ...range,
        sparse: (flags & SPARSE) !== 0,
      }));
    return {
      read: limit => source.read(limit),
      release: data => source.release(data),
      async close() {
        leave();
        await source.close();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

async function openStream(
  context: VolumesContext,
  found: FoundVolume,
  { offset }: VolumeRange,
  flags: number,
): Promise<number> {
  const { path } = found.volume;
  if (offset > 1n << 62n) throw streamFailure(`Unable to seek ${path} to ${offset}: Invalid argument`);
  try {
    return await openContent(context, found, flags);
  } catch (error) {
    const code = errorCode(error);
    throw code === null ? error : streamFailure(`Unable to open stream for '${path}': ${systemErrorText(code)}`);
  }
}

const streamFailure = (text: string): Error => errors.systemError(text, ErrorDomain.STREAMS);

/** Takes hold of the volume; what is returned lets go of it, once. */
function enter({ pool, volume }: FoundVolume): () => void {
  let held = true;
  pool.asyncJobs++;
  volume.inUse++;
  return () => {
    if (!held) return;
    held = false;
    pool.asyncJobs--;
    volume.inUse--;
  };
}

/** The same sink; `ended` runs when it has, and before the client learns of it. */
const watched = (sink: StreamSink, ended: () => Promise<void>): StreamSink => ({
  write: data => sink.write(data),
  skip: length => sink.skip(length),
  async finish() {
    try {
      await sink.finish();
    } finally {
      await ended();
    }
  },
  async abort() {
    try {
      await sink.abort();
    } finally {
      await ended();
    }
  },
});
