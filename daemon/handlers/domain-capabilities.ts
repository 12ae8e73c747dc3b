import type { DomainCapabilities } from '../../drivers/contract/domain-capabilities.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { connectProcedures } from '../../protocol/programs/remote/connect.ts';
import type { Call } from '../call.ts';

export const domainCapabilitiesCalls = ['connectGetDomainCapabilities'] as const satisfies (keyof DomainCapabilities)[];

/** What domains can have. */
export function domainCapabilitiesHandlers(driver: DomainCapabilities) {
  return {
    connectGetDomainCapabilities: (_call, { emulatorbin, arch, machine, virttype, flags }) => ({
      capabilities: driver.connectGetDomainCapabilities(
        { emulator: emulatorbin, arch, machine, type: virttype },
        flags,
      ),
    }),
  } satisfies Handlers<typeof connectProcedures, Call>;
}
