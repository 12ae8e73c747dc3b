import type { DomainCapabilities, DomainCapabilitiesRequest } from '../../contract/domain-capabilities.ts';
import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import { EMULATOR, guestArchitectures } from '../../xml/domain/defaults.ts';
import { formatDomainCapabilities } from '../../xml/domain-capabilities/domain-capabilities.ts';
import { MAX_VCPUS } from '../vcpu/count.ts';

/** The devices of containers, among those that the document knows. */
const devices = {
  disk: { diskDevice: ['disk'], bus: [], model: [] },
  graphics: null,
  video: null,
  hostdev: {
    mode: ['subsystem', 'capabilities'],
    startupPolicy: ['default'],
    subsysType: ['usb'],
    capsType: ['storage', 'misc', 'net'],
    pciBackend: [],
  },
  rng: null,
  filesystem: { driverType: ['path', 'loop', 'nbd'] },
  tpm: null,
  redirdev: null,
  channel: null,
};

/** What containers can have: what virt-install and virt-manager ask before they make one. */
export function domainCapabilities(): DomainCapabilities {
  return {
    connectGetDomainCapabilities(request, flags) {
      checkFlags(flags, 0, 'lxcConnectGetDomainCapabilities');
      const { native } = guestArchitectures();
      requireContainer(request);
      return formatDomainCapabilities({
        emulator: EMULATOR,
        type: 'lxc',
        arch: request.arch ?? native,
        maxVcpus: MAX_VCPUS,
        devices,
      });
    },
  };
}

function requireContainer({ emulator, arch, machine, type }: DomainCapabilitiesRequest): void {
  const { native, sibling } = guestArchitectures();
  if (type !== null && type !== 'lxc') throw errors.invalidArg(`unknown virttype: ${type}`);
  if (arch !== null && arch !== native && arch !== sibling) throw errors.invalidArg(`unknown architecture: ${arch}`);
  if (emulator !== null && emulator !== EMULATOR) throw errors.invalidArg(`unknown emulator binary: ${emulator}`);
  if (machine !== null) throw errors.invalidArg(`the machine '${machine}' is not supported by emulator '${EMULATOR}'`);
}
