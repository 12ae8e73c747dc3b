import { LibvirtError } from '../../drivers/contract/error.ts';
import { ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import type { DomainControl } from '../../drivers/contract/domain-control.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainInfoProcedures } from '../../protocol/programs/remote/domain-info.ts';
import type { domainLifecycleProcedures } from '../../protocol/programs/remote/domain-lifecycle.ts';
import type { Call } from '../call.ts';

export const controlCalls = [
  'domainRename',
  'domainSetLifecycleAction',
  'domainReset',
  'domainGetControlInfo',
  'domainGetJobStats',
  'domainAbortJobFlags',
  'domainGetMessages',
  'domainGetSecurityLabelList',
] as const satisfies (keyof DomainControl)[];

/** Of a job of which nothing is known yet. */
const noProgress = {
  timeElapsed: 0n,
  timeRemaining: 0n,
  dataTotal: 0n,
  dataProcessed: 0n,
  dataRemaining: 0n,
  memTotal: 0n,
  memProcessed: 0n,
  memRemaining: 0n,
  fileTotal: 0n,
  fileProcessed: 0n,
  fileRemaining: 0n,
};

/** Domains as objects of the driver. */
export function domainControlHandlers(driver: DomainControl) {
  return {
    async domainRename(_call, { dom, newName, flags }) {
      await driver.domainRename(dom, requireName(newName), flags);
      return { retcode: 0 };
    },
    domainSetLifecycleAction: (_call, { dom, type, action, flags }) =>
      driver.domainSetLifecycleAction(dom, type, action, flags),
    domainReset: (_call, { dom, flags }) => driver.domainReset(dom, flags),
    async domainGetControlInfo(_call, { dom, flags }) {
      const { state, details, stateTime } = await driver.domainGetControlInfo(dom, flags);
      return { state, details, stateTime };
    },
    /** The older form has fields for what the newer names; a driver whose jobs have progress fills them here. */
    async domainGetJobInfo(_call, { dom }) {
      const { type } = await driver.domainGetJobStats(dom, 0);
      return { type, ...noProgress };
    },
    async domainGetJobStats(_call, { dom, flags }) {
      const { type, params } = await driver.domainGetJobStats(dom, flags);
      return { type, params: [...params] };
    },
    domainAbortJob: (_call, { dom }) => driver.domainAbortJobFlags(dom, 0),
    domainAbortJobFlags: (_call, { dom, flags }) => driver.domainAbortJobFlags(dom, flags),
    domainGetMessages: async (_call, { dom, flags }) => ({ msgs: await driver.domainGetMessages(dom, flags) }),
    async domainGetSecurityLabelList(_call, { dom }) {
      const labels = await driver.domainGetSecurityLabelList(dom);
      return {
        labels: labels.map(({ label, enforcing }) => ({ label, enforcing: Number(enforcing) })),
        ret: labels.length,
      };
    },
  } satisfies Handlers<typeof domainInfoProcedures & typeof domainLifecycleProcedures, Call>;
}

function requireName(name: string | null): string {
  if (name !== null && name !== '') return name;
  const text = `string new_name in virDomainRename must not be ${name === null ? 'NULL' : 'empty'}`;
  throw new LibvirtError(ErrorCode.INVALID_ARG, ErrorDomain.DOMAIN, text, { str1: '%s', str2: text });
}
