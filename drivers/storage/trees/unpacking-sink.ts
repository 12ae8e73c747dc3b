import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { StreamSink } from '../../contract/data-stream.ts';
import type { VolumeRange } from '../../contract/storage-volumes.ts';

export async function unpackingSink(path: string, _range: VolumeRange): Promise<StreamSink> {
  throw errors.operationUnsupported(`'${path}' takes no upload`, ErrorDomain.STORAGE);
}
