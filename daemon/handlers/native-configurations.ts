import type { NativeConfigurations } from '../../drivers/contract/hypervisor.ts';
import type { Handlers } from '../../protocol/procedure.ts';
import type { connectProcedures } from '../../protocol/programs/remote/connect.ts';
import type { Call } from '../call.ts';

interface FromNative {
  readonly nativeFormat: string;
  readonly nativeConfig: string;
  readonly flags: number;
}
interface ToNative {
  readonly nativeFormat: string;
  readonly domainXml: string;
  readonly flags: number;
}

/** Configurations of other systems. A driver that knows none has no such handlers. */
export function nativeConfigurationHandlers(driver: Partial<NativeConfigurations>) {
  const fromNative = driver.connectDomainXmlFromNative?.bind(driver);
  const toNative = driver.connectDomainXmlToNative?.bind(driver);
  return {
    ...(fromNative !== undefined && {
      connectDomainXmlFromNative: async (_call: Call, { nativeFormat, nativeConfig, flags }: FromNative) => ({
        domainXml: await fromNative(nativeFormat, nativeConfig, flags),
      }),
    }),
    ...(toNative !== undefined && {
      connectDomainXmlToNative: async (_call: Call, { nativeFormat, domainXml, flags }: ToNative) => ({
        nativeConfig: await toNative(nativeFormat, domainXml, flags),
      }),
    }),
  } satisfies Handlers<typeof connectProcedures, Call>;
}
