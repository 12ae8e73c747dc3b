import type { Log } from '../../contract/log.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NodeOperations, SecurityModel } from '../../contract/node.ts';
import { formatCapabilities } from '../../xml/capabilities/capabilities.ts';
import { formatSysinfo, type SysinfoFacts } from '../../xml/sysinfo/sysinfo.ts';
import { capabilitiesFacts } from './capabilities.ts';
import { cpu } from './cpu.ts';
import { HostFiles } from './host-files.ts';
import { hostName } from './hostname.ts';
import { memory } from './memory.ts';
import { pages } from './pages.ts';
import { samePageMerging } from './same-page-merging.ts';
import { suspend } from './suspend.ts';
import { readSysinfo } from './sysinfo.ts';

export interface NodeOptions {
  /** Lower case, with hyphens. */
  readonly hostUuid: string;
  readonly log: Log;
  /** What confines containers; libvirt's "none" where nothing does. */
  readonly securityModel?: SecurityModel;
  readonly files?: HostFiles;
}

const noModel: SecurityModel = { model: 'none', doi: '0' };

/** The host: what it has, and the little of it that can be set. */
export function nodeOperations(options: NodeOptions): NodeOperations {
  const { hostUuid, log, securityModel = noModel, files = new HostFiles() } = options;
  let firmware: Promise<SysinfoFacts> | null = null;
  return {
    connectGetHostname: () => hostName(files),

    async connectGetSysinfo(flags) {
      checkFlags(flags, 0, 'lxcConnectGetSysinfo');
      // does not change while the host runs; what failed is tried again
      firmware ??= readSysinfo().catch((error: unknown) => {
        firmware = null;
        throw error;
      });
      return formatSysinfo(await firmware);
    },

    // oxlint-disable-next-line typescript/require-await -- rejects where it would throw
    connectGetCapabilities: async () => formatCapabilities(capabilitiesFacts(files, hostUuid, securityModel)),

    nodeGetSecurityModel: () => securityModel,

    ...cpu(files),
    ...memory(files),
    ...pages(files),
    ...samePageMerging(files),
    ...suspend(files, log),
  };
}
