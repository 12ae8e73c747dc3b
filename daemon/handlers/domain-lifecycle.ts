import type { DomainLifecycle, DomainQueries } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainLifecycleProcedures } from '../../protocol/programs/remote/domain-lifecycle.ts';
import type { Call } from '../call.ts';

const NO_FILES: readonly number[] = [];

/** Defining, starting and stopping domains. The older form of a call is the newer one without flags. */
export function domainLifecycleHandlers(driver: DomainLifecycle & DomainQueries) {
  return {
    domainDefineXml: async (_call, { xml }) => ({ dom: await driver.domainDefineXmlFlags(xml, 0) }),
    domainDefineXmlFlags: async (_call, { xml, flags }) => ({ dom: await driver.domainDefineXmlFlags(xml, flags) }),
    domainUndefine: (_call, { dom }) => driver.domainUndefineFlags(dom, 0),
    domainUndefineFlags: (_call, { dom, flags }) => driver.domainUndefineFlags(dom, flags),

    domainCreateXml: async ({ client }, { xmlDesc, flags }) => ({
      dom: await driver.domainCreateXml(client, xmlDesc, NO_FILES, flags),
    }),
    domainCreateXmlWithFiles: async (call, { xmlDesc, flags }) => ({
      dom: await driver.domainCreateXml(call.client, xmlDesc, call.takeFiles(), flags),
    }),
    async domainCreate({ client }, { dom }) {
      await driver.domainCreateWithFlags(client, dom, NO_FILES, 0);
    },
    /** The reply names the running domain with its id, where libvirt's own leaves it at -1. */
    domainCreateWithFlags: async ({ client }, { dom, flags }) => ({
      dom: await driver.domainCreateWithFlags(client, dom, NO_FILES, flags),
    }),
    domainCreateWithFiles: async (call, { dom, flags }) => ({
      dom: await driver.domainCreateWithFlags(call.client, dom, call.takeFiles(), flags),
    }),

    domainShutdown: (_call, { dom }) => driver.domainShutdownFlags(dom, 0),
    domainShutdownFlags: (_call, { dom, flags }) => driver.domainShutdownFlags(dom, flags),
    domainReboot: (_call, { dom, flags }) => driver.domainReboot(dom, flags),
    domainDestroy: (_call, { dom }) => driver.domainDestroyFlags(dom, 0),
    domainDestroyFlags: (_call, { dom, flags }) => driver.domainDestroyFlags(dom, flags),
    domainSuspend: (_call, { dom }) => driver.domainSuspend(dom),
    domainResume: (_call, { dom }) => driver.domainResume(dom),

    domainGetAutostart: (_call, { dom }) => ({ autostart: Number(driver.domainGetAutostart(dom)) }),
    domainSetAutostart: (_call, { dom, autostart }) => driver.domainSetAutostart(dom, autostart !== 0),
  } satisfies Handlers<typeof domainLifecycleProcedures, Call>;
}
