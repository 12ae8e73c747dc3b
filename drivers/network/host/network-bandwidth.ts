import { NetlinkError } from '../../../native/ffi/rtnetlink.ts';
import { limitShared } from '../../../native/network/class-rates.ts';
import { limitReceiving, type RateLimit } from '../../../native/network/rate-limit.ts';
import { ErrorDomain } from '../../contract/constants.ts';
import { errors } from '../../contract/error.ts';
import type { Bandwidth } from '../../xml/domain/definition.ts';
import type { NetworkBandwidth } from '../../xml/network/definition.ts';

/** libvirt's rates are given to tc as "kbps", thousands of bytes a second; bursts as "kb", which are KiB. */
const RATE_UNIT = 1000n;
const BURST_UNIT = 1024n;

export const inBytes = (kilobytes: number): bigint => BigInt(kilobytes) * RATE_UNIT;

/** An average of zero or none is no limit. */
export function rateLimit(bandwidth: Bandwidth | null): RateLimit | null {
  if (bandwidth === null) return null;
  const { average, peak, burst } = bandwidth;
  if (average === null || average === 0) return null;
  return {
    rate: inBytes(average),
    peak: peak === null || peak === 0 ? null : inBytes(peak),
    burst: burst === null || burst === 0 ? null : BigInt(burst) * BURST_UNIT,
  };
}

/**
 * Limits what a network's guests together get from outside of it (inbound: the bridge sends it) and give (outbound: it
 * receives it). Throws operationUnsupported when the kernel lacks the means.
 */
export async function limitNetwork(bridge: string, bandwidth: NetworkBandwidth | null): Promise<void> {
  await explained(bridge, 'inbound', () => limitShared(bridge, rateLimit(bandwidth?.inbound ?? null)));
  await explained(bridge, 'outbound', () => limitReceiving(bridge, rateLimit(bandwidth?.outbound ?? null)));
}

/** Tells what a step was for when the kernel refuses. */
export async function explained(link: string, direction: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const text = `Unable to limit the ${direction} bandwidth of '${link}': ${error.message}`;
    const lacking = error instanceof NetlinkError && error.code === 'ENOENT';
    throw lacking
      ? errors.operationUnsupported(text, ErrorDomain.NETWORK, { cause: error })
      : errors.systemError(text, ErrorDomain.NETWORK, { cause: error });
  }
}
