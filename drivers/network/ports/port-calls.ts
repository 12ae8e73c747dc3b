import { ErrorDomain, NetworkPortCreateFlags as Create } from '../../contract/constants.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NetworkPortCalls, NetworkRef } from '../../contract/network.ts';
import { formatNetworkPort, parseNetworkPort } from '../../xml/network/port-document.ts';
import type { NetworkContext } from '../context.ts';
import { networkOf, refOf, runningOf, type Network } from '../network.ts';
import { addPort, changePort, portOf, removePort } from './changes.ts';
import { bandwidthFrom, bandwidthParameters } from './parameters.ts';

const check = (flags: number, known: number, caller: string): void =>
  checkFlags(flags, known, caller, ErrorDomain.NETWORK);

/** The API of ports, for those who plug in guests of their own. */
export function portCalls(context: NetworkContext): NetworkPortCalls {
  const { networks, jobs } = context;
  const change = <T>(ref: NetworkRef, job: (network: Network) => Promise<T>): Promise<T> => {
    const network = networkOf(networks, ref);
    return jobs.change(network, () => job(networkOf(networks, ref)));
  };
  return {
    networkListAllPorts(ref, flags) {
      check(flags, 0, 'networkListAllPorts');
      const network = networkOf(networks, ref);
      return [...runningOf(network).ports.keys()].map(uuid => ({ network: refOf(network), uuid }));
    },
    networkPortLookupByUuid(ref, uuid) {
      const network = networkOf(networks, ref);
      runningOf(network);
      portOf(network, uuid);
      return { network: refOf(network), uuid };
    },
    async networkPortCreateXml(ref, xml, flags) {
      check(flags, Create.RECLAIM | Create.VALIDATE, 'networkPortCreateXML');
      runningOf(networkOf(networks, ref));
      const asked = await parseNetworkPort(xml, { validate: (flags & Create.VALIDATE) !== 0 });
      return await change(ref, async network => {
        const reclaim = (flags & Create.RECLAIM) !== 0;
        const { uuid } = await addPort(context, network, asked, { reclaim, ofDomain: false });
        return { network: refOf(network), uuid };
      });
    },
    networkPortGetXmlDesc({ network, uuid }, flags) {
      check(flags, 0, 'networkPortGetXMLDesc');
      return formatNetworkPort(portOf(networkOf(networks, network), uuid).settings);
    },
    networkPortGetParameters({ network, uuid }, flags) {
      check(flags, 0, 'networkPortGetParameters');
      return bandwidthParameters(portOf(networkOf(networks, network), uuid).settings.bandwidth);
    },
    async networkPortSetParameters({ network: ref, uuid }, params, flags) {
      check(flags, 0, 'networkPortSetParameters');
      const bandwidth = bandwidthFrom(params);
      await change(ref, async network => void (await changePort(context, network, uuid, bandwidth)));
    },
    async networkPortDelete({ network: ref, uuid }, flags) {
      check(flags, 0, 'networkPortDelete');
      await change(ref, network => removePort(context, network, uuid));
    },
  };
}
