import {
  ErrorDomain,
  NetworkCreateFlags,
  NetworkDefineFlags,
  NetworkEventLifecycleType as Lifecycle,
} from '../contract/constants.ts';
import { checkFlags } from '../contract/flags.ts';
import type { NetworkLifecycle, NetworkRef } from '../contract/network.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { parseNetwork } from '../xml/network/network-document.ts';
import { claimed } from './claim.ts';
import { completed } from './completed.ts';
import type { NetworkContext } from './context.ts';
import { invalid, isListed, networkOf, newNetwork, refOf, type Network } from './network.ts';
import { lifecycle, startNetwork, stopNetwork } from './starting.ts';

const { NETWORK_DEFINE_VALIDATE } = NetworkDefineFlags;
const { NETWORK_CREATE_VALIDATE } = NetworkCreateFlags;

/** The beginning and the end of networks. */
export function networkLifecycle(context: NetworkContext): NetworkLifecycle {
  const { networks, jobs, claims, stored, events } = context;
  const change = async (
    ref: NetworkRef,
    job: (network: Network, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const network = networkOf(networks, ref);
    await jobs.change(network, async signal => {
      networkOf(networks, ref);
      await job(network, signal);
    });
  };
  return {
    async networkDefineXmlFlags(xml, flags) {
      checkFlags(flags, NETWORK_DEFINE_VALIDATE, 'networkDefineXMLFlags', ErrorDomain.NETWORK);
      const parsed = await parseNetwork(xml, { validate: (flags & NETWORK_DEFINE_VALIDATE) !== 0 });
      return await claims.run(() => define(context, parsed));
    },

    async networkCreateXmlFlags(xml, flags) {
      checkFlags(flags, NETWORK_CREATE_VALIDATE, 'networkCreateXMLFlags', ErrorDomain.NETWORK);
      const parsed = await parseNetwork(xml, { validate: (flags & NETWORK_CREATE_VALIDATE) !== 0 });
      return await create(context, parsed);
    },

    networkCreate: ref =>
      change(ref, async (network, signal) => {
        if (network.running !== null) throw invalid('network is already active');
        if (network.stored !== null) await startNetwork(context, network, network.stored, signal);
      }),

    networkDestroy: ref => change(ref, network => stopNetwork(context, network)),

    networkUndefine: ref =>
      change(ref, async network => {
        if (network.stored === null) throw invalid("can't undefine transient network");
        await stored.remove(network.name);
        network.stored = null;
        network.autostart = false;
        events.emit(lifecycle(network, Lifecycle.UNDEFINED));
        if (!isListed(network)) networks.remove(network);
      }),
  };
}

async function define(context: NetworkContext, parsed: NetworkDefinition): Promise<NetworkRef> {
  const { networks, jobs, stored, events } = context;
  const definition = await completed(context, parsed);
  const existing = claimed(networks, definition, false);
  const network = existing ?? newNetwork(definition);
  await jobs.change(network, async () => {
    await stored.save(definition);
    network.stored = definition;
    // It may have gone, or not have been there, while this waited.
    if (!networks.has(network)) networks.add(network);
    events.emit(lifecycle(network, Lifecycle.DEFINED));
  });
  return refOf(network);
}

/** Takes name and bridge first, and starts while others may define. */
async function create(context: NetworkContext, parsed: NetworkDefinition): Promise<NetworkRef> {
  const { networks, jobs, claims } = context;
  const { network, definition } = await claims.run(async () => {
    const whole = await completed(context, parsed);
    const existing = claimed(networks, whole, true);
    const found = existing ?? newNetwork(whole);
    if (existing === undefined) networks.add(found);
    return { network: found, definition: whole };
  });
  await jobs.change(network, async signal => {
    try {
      await startNetwork(context, network, definition, signal);
      if (!networks.has(network)) networks.add(network);
    } finally {
      if (!isListed(network)) networks.remove(network);
    }
  });
  return refOf(network);
}
