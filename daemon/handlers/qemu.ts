import type { DomainGuestAgent } from '../../drivers/contract/guest.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { qemu } from '../../protocol/programs/qemu.ts';
import type { Call } from '../call.ts';

/**
 * The program that libvirt keeps apart for QEMU. Its agent command makes sense for any guest; the others are answered by
 * name that they are not supported, as the real daemon does.
 */
export function qemuHandlers(driver: Partial<Pick<DomainGuestAgent, 'domainQemuAgentCommand'>>) {
  const command = driver.domainQemuAgentCommand?.bind(driver);
  if (command === undefined) return {};
  return {
    domainAgentCommand: async (_call, { dom, cmd, timeout, flags }) => ({
      result: await command(dom, cmd, timeout, flags),
    }),
  } satisfies Handlers<typeof qemu.procedures, Call>;
}
