import { DomainMetadataType, ErrorCode, ErrorDomain } from '../../drivers/contract/constants.ts';
import { LibvirtError } from '../../drivers/contract/error.ts';
import type { DomainQueries } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { domainInfoProcedures } from '../../protocol/programs/remote/domain-info.ts';
import type { domainSaveProcedures } from '../../protocol/programs/remote/domain-save.ts';
import type { Call } from '../call.ts';
import { requireGiven, requireNull } from './argument.ts';

/** What is known of a domain. */
export function domainInfoHandlers(driver: DomainQueries) {
  return {
    domainGetXmlDesc: (_call, { dom, flags }) => ({ xml: driver.domainGetXmlDesc(dom, flags) }),
    async domainGetInfo(_call, { dom }) {
      const { state, maxMemory, memory, vcpus, cpuTime } = await driver.domainGetInfo(dom);
      return { state, maxMem: maxMemory, memory, nrVirtCpu: vcpus, cpuTime };
    },
    domainGetState: (_call, { dom, flags }) => driver.domainGetState(dom, flags),
    domainGetOsType: (_call, { dom }) => ({ type: driver.domainGetOsType(dom) }),
    domainIsActive: (_call, { dom }) => ({ active: Number(driver.domainIsActive(dom)) }),
    domainIsPersistent: (_call, { dom }) => ({ persistent: Number(driver.domainIsPersistent(dom)) }),
    domainIsUpdated: (_call, { dom }) => ({ updated: Number(driver.domainIsUpdated(dom)) }),
    domainHasManagedSaveImage: (_call, { dom, flags }) => ({
      result: Number(driver.domainHasManagedSaveImage(dom, flags)),
    }),
    async domainGetSecurityLabel(_call, { dom }) {
      const { label, enforcing } = await driver.domainGetSecurityLabel(dom);
      return { label, enforcing: Number(enforcing) };
    },
    domainGetMetadata(_call, { dom, type, uri, flags }) {
      requireMetadataUri('virDomainGetMetadata', type, uri);
      return { metadata: driver.domainGetMetadata(dom, type, uri, flags) };
    },
    domainSetMetadata(_call, { dom, type, metadata, key, uri, flags }) {
      requireMetadataUri('virDomainSetMetadata', type, uri);
      requireMetadataKey(type, metadata, key);
      return driver.domainSetMetadata(dom, type, metadata, key, uri, flags);
    },
  } satisfies Handlers<typeof domainInfoProcedures & typeof domainSaveProcedures, Call>;
}

/** Only elements have a name space. */
function requireMetadataUri(api: string, type: number, uri: string | null): void {
  if (type === DomainMetadataType.ELEMENT) requireGiven(api, 'uri', uri);
  else if (type === DomainMetadataType.TITLE || type === DomainMetadataType.DESCRIPTION) requireNull(api, 'uri', uri);
}

function requireMetadataKey(type: number, metadata: string | null, key: string | null): void {
  if (type === DomainMetadataType.ELEMENT) {
    if (metadata !== null) requireGiven('virDomainSetMetadata', 'key', key);
    return;
  }
  if (type !== DomainMetadataType.TITLE && type !== DomainMetadataType.DESCRIPTION) return;
  requireNull('virDomainSetMetadata', 'key', key);
  if (type === DomainMetadataType.TITLE && metadata?.includes('\n') === true) throw titleWithNewline();
}

const titleWithNewline = (): LibvirtError =>
  new LibvirtError(
    ErrorCode.INVALID_ARG,
    ErrorDomain.DOMAIN,
    "metadata title in virDomainSetMetadata can't contain newlines",
    {
      str1: 'virDomainSetMetadata',
      str2: 'metadata title',
      int1: 0,
      int2: 0,
    },
  );
