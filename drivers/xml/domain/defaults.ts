import { arch as hostArch } from 'node:os';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError, errors } from '../../contract/error.ts';
import type { DomainDefinition, NumaTuning, SecurityLabelDefinition } from './definition.ts';
import { unsupported, xmlError } from './errors.ts';

/** What documents mean when they name no emulator. Hosts that switch between daemons keep their files. */
export const EMULATOR = '/usr/lib/libvirt/libvirt_lxc';

/** Architectures that a host runs: its own and, by personality, its 32-bit sibling. */
export interface GuestArchitectures {
  readonly native: string;
  readonly sibling: string | null;
}

const byNodeName: Readonly<Record<string, GuestArchitectures>> = {
  x64: { native: 'x86_64', sibling: 'i686' },
  ia32: { native: 'i686', sibling: null },
  arm64: { native: 'aarch64', sibling: 'armv7l' },
  arm: { native: 'armv7l', sibling: null },
  ppc64: { native: 'ppc64le', sibling: null },
  s390x: { native: 's390x', sibling: 's390' },
  riscv64: { native: 'riscv64', sibling: null },
  loong64: { native: 'loongarch64', sibling: null },
};

export const guestArchitectures = (): GuestArchitectures =>
  byNodeName[hostArch()] ?? { native: hostArch(), sibling: null };

/** Types of domains that libvirt knows and this driver does not run. */
const otherTypes = 'qemu kvm kqemu xen uml openvz test vmware hyperv vbox phyp parallels vz bhyve hvf'.split(' ');

function noGuest(parts: readonly (string | null)[]): LibvirtError {
  const said = parts.filter(part => part !== null).join(' ');
  const text = `could not find capabilities for ${said} `;
  return new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.CAPABILITIES, `invalid argument: ${text}`, {
    str1: 'invalid argument: %s',
    str2: text,
  });
}

function checkType({ type }: DomainDefinition): void {
  if (type !== 'lxc' && !otherTypes.includes(type)) throw unsupported(`invalid domain type ${type}`);
}

/** The architecture that the document leaves out, and the guests that there are none of. */
function withArchitecture(definition: DomainDefinition): DomainDefinition {
  const { native, sibling } = guestArchitectures();
  const { os, type } = definition;
  const arch = os.arch === '' ? native : os.arch;
  const known = arch === native || arch === sibling;
  if (os.type !== 'exe' || !known || type !== 'lxc')
    throw noGuest([os.type === 'hvm' ? null : `ostype=${os.type}`, `arch=${arch}`, `domaintype=${type}`]);
  return { ...definition, os: { ...os, arch } };
}

/** With a NUMA placement by numad, CPUs that nobody chose are placed by it too, and the other way round. */
function withPlacement(definition: DomainDefinition): DomainDefinition {
  const { vcpu, numatune } = definition;
  if (vcpu.placement === 'auto' && numatune === null) {
    const automatic: NumaTuning = { mode: 'strict', placement: 'auto', nodeset: null, foreign: [] };
    return { ...definition, numatune: automatic };
  }
  if (numatune?.placement === 'auto' && vcpu.cpuset === null)
    return { ...definition, vcpu: { ...vcpu, placement: 'auto' } };
  return definition;
}

function withMemory(definition: DomainDefinition): DomainDefinition {
  const { memory, currentMemory } = definition;
  if (memory === 0n) throw xmlError('Memory size must be specified via <memory> or in the <numa> configuration');
  const current = currentMemory === 0n || currentMemory > memory ? memory : currentMemory;
  return { ...definition, currentMemory: current };
}

function refuseUnsupported({ foreign, os }: DomainDefinition): void {
  if (foreign.some(({ name }) => name === 'maxMemory'))
    throw unsupported('memory hotplug tunables <maxMemory> are not supported by this hypervisor driver');
  if (os.init === '') throw xmlError('init binary must be specified');
}

/** A dynamic label that names no model is of the host's, and none where the host has none. */
const withModel =
  (model: string) =>
  (label: SecurityLabelDefinition): SecurityLabelDefinition => {
    if (label.type !== 'dynamic' || label.model !== null) return label;
    return model === 'none' ? { ...label, type: 'none', model, relabel: false } : { ...label, model };
  };

/**
 * A definition with everything that the driver fills in; `securityModel` is the host's. Throws what the driver throws for
 * what it cannot run.
 */
export function completed(definition: DomainDefinition, securityModel = 'none'): DomainDefinition {
  checkType(definition);
  const whole = withPlacement(withMemory(withArchitecture(definition)));
  refuseUnsupported(whole);
  checkNewline(whole.name);
  return {
    ...whole,
    seclabels: whole.seclabels.map(withModel(securityModel)),
    devices: { ...whole.devices, emulator: whole.devices.emulator ?? EMULATOR },
  };
}

function checkNewline(name: string): void {
  if (name.includes('\n')) throw errors.xmlDetail(`invalid char in name: \n`, ErrorDomain.XML);
}
