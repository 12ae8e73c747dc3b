import type { EncryptionFormat, VolumeFeature } from '../../xml/storage/volume-definition.ts';

/** What the first bytes of an image say of it. */
export interface ImageFacts {
  /** A name of `fileFormats`. */
  readonly format: string;
  /** In bytes; null when the image does not say: it is the file's size then. */
  readonly capacity: bigint | null;
  /** As it stands in the image, which anybody may have written. */
  readonly backing: { readonly path: string; readonly format: string | null } | null;
  /** Its content is in another file, which it names. */
  readonly external: boolean;
  readonly encryption: EncryptionFormat | null;
  readonly compat: string | null;
  readonly clusterSize: bigint | null;
  readonly features: readonly VolumeFeature[] | null;
}

export const raw: ImageFacts = {
  format: 'raw',
  capacity: null,
  backing: null,
  external: false,
  encryption: null,
  compat: null,
  clusterSize: null,
  features: null,
};

/** A file of which pieces can be read: a piece is shorter where the file ends. */
export interface ImageReader {
  readonly size: bigint;
  read(position: number, length: number): Promise<Buffer>;
}

/** A kind of image: recognised by its first bytes, then asked. */
export interface ImageFormat {
  /** `head` is at least `headSize` bytes, or the whole file. */
  matches(head: Buffer): boolean;
  describe(head: Buffer, file: ImageReader): Promise<ImageFacts> | ImageFacts;
}
