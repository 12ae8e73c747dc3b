import type { DomainBlocks } from '../../drivers/contract/domain-blocks.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainBlockProcedures } from '../../protocol/programs/remote/domain-block.ts';
import { DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX, DOMAIN_DISK_ERRORS_MAX } from '../../protocol/programs/remote/limits.ts';
import type { Call } from '../call.ts';
import { requireGiven, requireRoom } from './argument.ts';
import { parameterReply, requireParameterRoom, withoutStringFlag } from './typed-parameters.ts';

export const blockCalls = [
  'domainGetBlockIoTune',
  'domainSetBlockIoTune',
  'domainGetBlockInfo',
  'domainBlockResize',
  'domainGetDiskErrors',
] as const satisfies (keyof DomainBlocks)[];

/** The disks of domains. */
export function domainBlockHandlers(driver: DomainBlocks) {
  return {
    async domainGetBlockIoTune(_call, { dom, disk, nparams, flags }) {
      requireParameterRoom(nparams, DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX);
      if (nparams !== 0) requireGiven('virDomainGetBlockIoTune', 'disk', disk);
      return parameterReply(await driver.domainGetBlockIoTune(dom, disk, withoutStringFlag(flags)), nparams, flags);
    },
    domainSetBlockIoTune(_call, { dom, disk, params, flags }) {
      requireGiven('virDomainSetBlockIoTune', 'params', params);
      return driver.domainSetBlockIoTune(dom, disk, params, flags);
    },
    async domainGetBlockInfo(_call, { dom, path, flags }) {
      const { capacity, allocation, physical } = await driver.domainGetBlockInfo(dom, path, flags);
      return { capacity, allocation, physical };
    },
    domainBlockResize: (_call, { dom, disk, size, flags }) => driver.domainBlockResize(dom, disk, size, flags),
    async domainGetDiskErrors(_call, { dom, maxerrors, flags }) {
      requireRoom('maxerrors', maxerrors, DOMAIN_DISK_ERRORS_MAX, 'REMOTE_DOMAIN_DISK_ERRORS_MAX');
      const all = await driver.domainGetDiskErrors(dom, flags);
      const shown = all.slice(0, maxerrors);
      return {
        errors: shown.map(({ disk, error }) => ({ disk, error })),
        nerrors: maxerrors === 0 ? all.length : shown.length,
      };
    },
  } satisfies Handlers<typeof domainBlockProcedures, Call>;
}
