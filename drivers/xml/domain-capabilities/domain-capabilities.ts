import { xmlElement, type XmlElement } from '../tree.ts';
import { formatXml } from '../write.ts';

/** What the document says of a kind of domain. */
export interface DomainCapabilitiesFacts {
  readonly emulator: string;
  /** The domain's type: "lxc". */
  readonly type: string;
  readonly arch: string;
  readonly maxVcpus: number;
  /** What devices there can be, in the order of the document: their choices by name, or null for a kind that there is none of. */
  readonly devices: Readonly<Record<string, Choices | null>>;
}

/** What an attribute of a definition may be, by libvirt's names of the choices ("diskDevice"). */
export type Choices = Readonly<Record<string, readonly string[]>>;

const none = (name: string): XmlElement => xmlElement(name, { supported: 'no' });

const choices = (offered: Choices): XmlElement[] =>
  Object.entries(offered).map(([name, values]) =>
    xmlElement(
      'enum',
      { name },
      values.map(value => xmlElement('value', {}, [value])),
    ),
  );

const device = ([name, offered]: [string, Choices | null]): XmlElement =>
  offered === null ? none(name) : xmlElement(name, { supported: 'yes' }, choices(offered));

/** Processors of containers are the host's: there is nothing to choose. */
const cpuModes = ['host-passthrough', 'maximum', 'host-model', 'custom'];

const features = ['gic', 'vmcoreinfo', 'genid', 'backingStoreInput', 'backup', 'sev', 'sgx'];

/** The document of virConnectGetDomainCapabilities. */
export const formatDomainCapabilities = ({
  emulator,
  type,
  arch,
  maxVcpus,
  devices,
}: DomainCapabilitiesFacts): string =>
  formatXml(
    xmlElement('domainCapabilities', {}, [
      xmlElement('path', {}, [emulator]),
      xmlElement('domain', {}, [type]),
      xmlElement('arch', {}, [arch]),
      xmlElement('vcpu', { max: String(maxVcpus) }),
      none('iothreads'),
      xmlElement('os', { supported: 'yes' }, [...choices({ firmware: [] }), none('loader')]),
      xmlElement(
        'cpu',
        {},
        cpuModes.map(name => xmlElement('mode', { name, supported: 'no' })),
      ),
      none('memoryBacking'),
      xmlElement('devices', {}, Object.entries(devices).map(device)),
      xmlElement('features', {}, features.map(none)),
    ]),
  );
