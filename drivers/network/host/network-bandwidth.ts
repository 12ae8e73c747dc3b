import type { NetworkBandwidth } from '../../xml/network/definition.ts';
export async function limitNetwork(_bridge: string, _bandwidth: NetworkBandwidth | null): Promise<void> {}
