import { errors } from '../../contract/error.ts';
import { checkFlags } from '../../contract/flags.ts';
import type { NativeConfigurations } from '../../contract/hypervisor.ts';
import { commentable } from '../../xml/comment.ts';
import { domainFrom, parseDomain } from '../../xml/domain/parse.ts';
import { formatDomain } from '../../xml/domain/format.ts';
import { attributeOf, childOf, type XmlElement } from '../../xml/tree.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { LxcContext } from '../context.ts';
import type { NativeFormat } from '../formats/format.ts';

/** Characters of a configuration: many times what any container has, and read while everyone waits. */
const CONFIG_MAX = 1 << 16;

/** Descriptions made of other systems' configurations, and the other way round. */
export function nativeConfigurations({ log }: Pick<LxcContext, 'log'>): NativeConfigurations {
  return {
    async connectDomainXmlFromNative(format, config, flags) {
      checkFlags(flags, 0, 'lxcConnectDomainXMLFromNative');
      if (config.length > CONFIG_MAX)
        throw errors.invalidArg(`the configuration has more than ${CONFIG_MAX} characters`);
      const { document, unmatched } = await (await formatOf(format)).read(config);
      const definition = domainFrom(document, false);
      for (const what of unmatched)
        log.warn({ domain: definition.name, format, what }, 'no equivalent for a part of a configuration');
      return withComment(formatDomain(withOpenArchitecture(definition, document)), unmatched);
    },

    async connectDomainXmlToNative(format, xml, flags) {
      checkFlags(flags, 0, 'lxcConnectDomainXMLToNative');
      const { write } = await formatOf(format);
      if (write === undefined) throw errors.invalidArg(`unsupported config type ${format}`);
      return write(await parseDomain(xml));
    },
  };
}

async function formatOf(name: string): Promise<NativeFormat> {
  const { nativeFormats } = await import('../formats/formats.ts');
  const format = nativeFormats.get(name);
  if (format === undefined) throw errors.invalidArg(`unsupported config type ${name}`);
  return format;
}

/** An architecture that the configuration leaves open stays open: the host that defines the domain fills it in. */
function withOpenArchitecture(definition: DomainDefinition, document: XmlElement): DomainDefinition {
  const os = childOf(document, 'os');
  const type = os === null ? null : childOf(os, 'type');
  const given = type === null ? null : attributeOf(type, 'arch');
  return { ...definition, os: { ...definition.os, arch: given ?? '' } };
}

/** What was not taken over stands in front of everything else in the document. */
function withComment(xml: string, unmatched: readonly string[]): string {
  if (unmatched.length === 0) return xml;
  const lines = unmatched.map(what => `    ${commentable(what)}\n`);
  const comment = `  <!-- Without an equivalent here:\n${lines.join('')}  -->\n`;
  return xml.replace(/^<domain [^>]*>\n/, start => start + comment);
}
