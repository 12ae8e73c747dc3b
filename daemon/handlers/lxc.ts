import type { DomainAccess } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { lxc } from '../../protocol/programs/lxc.ts';
import type { Call } from '../call.ts';

/** The program that libvirt keeps apart for containers. */
export function lxcHandlers(driver: DomainAccess) {
  return {
    async domainOpenNamespace(call, { dom, flags }) {
      call.replyFiles(await driver.domainLxcOpenNamespace(dom, flags));
    },
  } satisfies Handlers<typeof lxc.procedures, Call>;
}
