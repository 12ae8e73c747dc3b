/**
 * What the network driver asks of the host. Definitions given here are those of the running form: a network that has a
 * bridge has its name and MAC in them. The driver serialises the calls for one network; those for different networks
 * may run at once.
 */
import type { DhcpLease } from '../../contract/network.ts';
import type { NetworkPort } from '../../xml/network/port-definition.ts';
import type { NetworkDefinition } from '../../xml/network/definition.ts';

export interface NetworkHost {
  /**
   * A free name for a bridge: the lowest number that fits `pattern` ("virbr%d"; null is the daemon's usual one, which
   * carries its tag), is the name of no link of the host, and is not in `taken`. Throws internalError when there is none.
   */
  chooseBridgeName(pattern: string | null, taken: ReadonlySet<string>): Promise<string>;
  /**
   * Makes the network real: bridge, addresses, routes, rules, dnsmasq. For networks on links of the host that exist
   * already (bridge, private, vepa, passthrough, hostdev) there may be nothing to do. Throws internalError "Network is
   * already in use by interface …" when a subnet of it is routed on the host, and what failed otherwise; then nothing
   * is left behind.
   */
  start(definition: NetworkDefinition): Promise<void>;
  /** Undoes all of that, as far as it is there. Guests that are still on the bridge lose it. Does not throw for what is gone. */
  stop(definition: NetworkDefinition): Promise<void>;
  /**
   * After a restart of the daemon: repairs what is missing and restarts nothing that runs. Resolves to false when the
   * network is no longer there at all (the host was started anew): the driver then has it stopped.
   */
  adopt(definition: NetworkDefinition): Promise<boolean>;
  /** A change of a running network (net-update): `after` differs from `before` in what net-update can change. */
  update(before: NetworkDefinition, after: NetworkDefinition): Promise<void>;
  /** Leases that dnsmasq has given out and that have not expired; of one MAC (lower case) if given. */
  leases(definition: NetworkDefinition, mac: string | null): Promise<DhcpLease[]>;
  /** The link `device` of the host has become the port of a guest: its floor, its class, what the bridge must know. */
  portPlugged(definition: NetworkDefinition, port: NetworkPort, device: string): Promise<void>;
  /** The bandwidth of a port in use was changed from `before`'s. `device` is null while nothing is plugged in. */
  portChanged(
    definition: NetworkDefinition,
    before: NetworkPort,
    after: NetworkPort,
    device: string | null,
  ): Promise<void>;
  /** The port is given back; its link may be gone already. */
  portReleased(definition: NetworkDefinition, port: NetworkPort, device: string | null): Promise<void>;
  /** The daemon ends: nothing more happens by itself. Networks go on. */
  close(): void;
}
