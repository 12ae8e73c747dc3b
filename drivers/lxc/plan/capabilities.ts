import { readFileSync } from 'node:fs';
import type { CapabilityFeature, DomainDefinition } from '../../xml/domain/definition.ts';
import { guestSettings } from '../../xml/domain/guest-settings.ts';

/** Linux's capabilities by the names of libvirt's `<capabilities>` elements; a name's place is its number. */
const capabilityNames = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const;

/** What a container loses unless its definition says otherwise. */
const droppedByDefault: readonly string[] = ['sys_module', 'sys_time', 'mknod', 'audit_control', 'mac_admin'];

const bit = (name: string): bigint => {
  const number = capabilityNames.findIndex(known => known === name);
  return number < 0 ? 0n : 1n << BigInt(number);
};
const bits = (names: readonly string[]): bigint => names.reduce((all, name) => all | bit(name), 0n);

/** Every capability that this kernel knows, one bit each. */
export function hostCapabilities(): bigint {
  const last = Number.parseInt(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'), 10);
  return (1n << BigInt(last + 1)) - 1n;
}

/** The capabilities of a container, one bit each, out of those that the host has. */
function containerCapabilities(feature: CapabilityFeature | null, host: bigint): bigint {
  const on = bits((feature?.states ?? []).filter(({ state }) => state === 'on').map(({ name }) => name));
  const off = bits((feature?.states ?? []).filter(({ state }) => state === 'off').map(({ name }) => name));
  const kept = {
    allow: host & ~off,
    deny: host & on,
    default: host & ~((bits(droppedByDefault) & ~on) | off),
  };
  return kept[feature?.policy ?? 'default'];
}

/** What a guest needs to change the host's network, or to send what it likes. */
const ofTheNetwork = ['net_admin', 'net_raw'];

/**
 * The capabilities of a domain's programs. A guest that is limited to some of the host's addresses could free itself
 * with those of the network: it has them only where the definition says so by name.
 */
export function domainCapabilities(definition: DomainDefinition, host: bigint): bigint {
  const feature = definition.features.capabilities;
  const given = containerCapabilities(feature, host);
  if (guestSettings(definition).hostAddresses.length === 0) return given;
  const named = (feature?.states ?? []).filter(({ state }) => state === 'on').map(({ name }) => name);
  return given & ~bits(ofTheNetwork.filter(name => !named.includes(name)));
}

/** Whether the definition asks for mknod: its device nodes then must not be kept from the container either. */
export function mayMakeNodes(feature: CapabilityFeature | null): boolean {
  return feature?.states.some(({ name, state }) => name === 'mknod' && state === 'on') === true;
}
