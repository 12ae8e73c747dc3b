import type { NetworkHost } from './network-host.ts';
export interface BridgePorts {
  plugged: NetworkHost['portPlugged'];
  changed: NetworkHost['portChanged'];
  released: NetworkHost['portReleased'];
}
export const bridgePorts: BridgePorts = { async plugged() {}, async changed() {}, async released() {} };
