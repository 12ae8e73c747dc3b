import { ErrorDomain, StorageVolCreateFlags } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';

/** An id of ours: qemu's own names know no other characters. */
const SECRET_ID = 'lxvirtd_secret';

/** qemu-img's options for a new image, but for what it lies on; `passphraseFile` holds what it is sealed with. */
export function imageOptions(definition: VolumeDefinition, flags: number, passphraseFile: string | null): string[] {
  const { target } = definition;
  const sealed = passphraseFile !== null;
  const format =
    target.format === 'raw' && sealed ? 'luks' : target.format === 'iso' ? 'raw' : (target.format ?? 'raw');
  const values = [
    ...(sealed ? encryptionValues(definition) : []),
    ...(format === 'qcow2' ? qcow2Values(definition, flags) : []),
  ];
  return [
    ...(sealed ? ['--object', `secret,id=${SECRET_ID},file=${passphraseFile}`] : []),
    '-f',
    format,
    ...(values.length > 0 ? ['-o', values.join(',')] : []),
  ];
}

function qcow2Values({ capacity, allocation, target }: VolumeDefinition, flags: number): string[] {
  const values = [`compat=${target.compat ?? '0.10'}`];
  if (target.clusterSize !== null) values.push(`cluster_size=${target.clusterSize}`);
  if (target.features?.includes('lazy_refcounts') === true) values.push('lazy_refcounts');
  if (target.features?.includes('extended_l2') === true) values.push('extended_l2=on');
  if ((flags & StorageVolCreateFlags.PREALLOC_METADATA) !== 0)
    values.push(`preallocation=${allocation !== null && allocation === capacity ? 'falloc' : 'metadata'}`);
  return values;
}

/** What qemu-img takes of the names of ciphers, all of which are its own. */
const WORD = /^[a-z0-9-]{1,32}$/;

function encryptionValues({ target: { format, encryption } }: VolumeDefinition): string[] {
  const prefix = format === 'raw' ? '' : 'encrypt.';
  const values = [...(format === 'raw' ? [] : ['encrypt.format=luks']), `${prefix}key-secret=${SECRET_ID}`];
  const cipher = encryption?.cipher ?? null;
  const ivgen = encryption?.ivgen ?? null;
  const named = {
    'cipher-alg': cipher === null ? null : `${cipher.name}-${cipher.size}`,
    'cipher-mode': cipher?.mode ?? null,
    'hash-alg': cipher?.hash ?? null,
    'ivgen-alg': ivgen?.name ?? null,
    'ivgen-hash-alg': ivgen?.hash ?? null,
  };
  for (const [name, value] of Object.entries(named)) {
    if (value === null) continue;
    if (!WORD.test(value)) throw errors.configUnsupported(`unknown cipher parameter '${value}'`, ErrorDomain.STORAGE);
    values.push(`${prefix}${name}=${value}`);
  }
  return values;
}
