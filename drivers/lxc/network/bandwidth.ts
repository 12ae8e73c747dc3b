import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { limitReceiving, limitSending, type RateLimit } from '../../../native/network/rate-limit.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Bandwidth, InterfaceDevice } from '../../xml/domain/definition.ts';

export type InterfaceBandwidth = NonNullable<InterfaceDevice['bandwidth']>;

/** libvirt's rates are given to tc as "kbps", thousands of bytes a second; bursts as "kb", which are KiB. */
const RATE_UNIT = 1000n;
const BURST_UNIT = 1024n;

/**
 * Limits an interface by its host's end, for which the guest's directions are turned around: `<inbound>` is what that
 * sends. Null, and a direction that is null, have no limit. Throws operationUnsupported when the kernel lacks the means.
 */
export async function limitBandwidth(hostName: string, bandwidth: InterfaceBandwidth | null): Promise<void> {
  await limited(hostName, 'inbound', limitSending, bandwidth?.inbound ?? null);
  await limited(hostName, 'outbound', limitReceiving, bandwidth?.outbound ?? null);
}

async function limited(
  hostName: string,
  direction: keyof InterfaceBandwidth,
  limit: (name: string, limit: RateLimit | null) => Promise<void>,
  bandwidth: Bandwidth | null,
): Promise<void> {
  try {
    await limit(hostName, bandwidth === null ? null : rateLimit(bandwidth));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const text = `Unable to limit the ${direction} bandwidth of '${hostName}': ${error.message}`;
    const lacking = error instanceof NetlinkError && error.code === 'ENOENT';
    throw lacking
      ? errors.operationUnsupported(text, ErrorDomain.NONE, { cause: error })
      : errors.systemError(text, ErrorDomain.NONE, { cause: error });
  }
}

/** An average of zero or none is no limit: a floor is a network's business. */
function rateLimit({ average, peak, burst }: Bandwidth): RateLimit | null {
  if (average === null || average === 0) return null;
  return {
    rate: BigInt(average) * RATE_UNIT,
    peak: peak === null || peak === 0 ? null : BigInt(peak) * RATE_UNIT,
    burst: burst === null || burst === 0 ? null : BigInt(burst) * BURST_UNIT,
  };
}
