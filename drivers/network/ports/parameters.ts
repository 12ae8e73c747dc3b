import { ErrorDomain } from '../../contract/constants.ts';
import type { TypedParameter } from '../../contract/domain.ts';
import { errors } from '../../contract/error.ts';
import type { Bandwidth } from '../../xml/domain/definition.ts';
import type { NetworkBandwidth } from '../../xml/network/definition.ts';

const fields = {
  inbound: ['average', 'peak', 'floor', 'burst'],
  outbound: ['average', 'peak', 'burst'],
} as const satisfies Record<keyof NetworkBandwidth, readonly (keyof Bandwidth)[]>;

const directions = ['inbound', 'outbound'] as const;

/** A bandwidth by libvirt's names of its parts; a direction that is not limited has none. */
export const bandwidthParameters = (bandwidth: NetworkBandwidth | null): TypedParameter[] =>
  directions.flatMap(direction => {
    const limits = bandwidth?.[direction] ?? null;
    if (limits === null) return [];
    return fields[direction].map(field => ({
      field: `${direction}.${field}`,
      type: 'uint' as const,
      value: limits[field] ?? 0,
    }));
  });

/** The bandwidth that parameters say; what they leave out is nothing. Throws invalidArg for what is none of them. */
export function bandwidthFrom(params: readonly TypedParameter[]): NetworkBandwidth | null {
  const values = new Map<string, number>();
  for (const { field, type, value } of params) {
    if (!directions.some(direction => fields[direction].some(known => field === `${direction}.${known}`)))
      throw errors.argumentUnsupported(`parameter '${field}' not supported`, ErrorDomain.NONE);
    if (type !== 'uint')
      throw errors.invalidArg(`invalid type '${type}' for parameter '${field}', expected 'uint'`, ErrorDomain.NONE);
    if (values.has(field)) throw errors.invalidArg(`parameter '${field}' occurs multiple times`, ErrorDomain.NONE);
    values.set(field, value);
  }
  const limits = (direction: keyof NetworkBandwidth): Bandwidth | null => {
    const value = (field: string): number | null => values.get(`${direction}.${field}`) || null;
    const [average, floor] = [value('average'), value('floor')];
    return average === null && floor === null ? null : { average, floor, peak: value('peak'), burst: value('burst') };
  };
  const [inbound, outbound] = [limits('inbound'), limits('outbound')];
  return inbound === null && outbound === null ? null : { inbound, outbound };
}
