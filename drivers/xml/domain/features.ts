import { attribute } from '../describe/attribute.ts';
import { child, flag, group } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { draft, mapped, orElse, ordered, record, type Part } from '../describe/part.ts';
import { oneOf, onOff } from '../describe/text.ts';
import { isElement, type XmlElement } from '../tree.ts';
import type { CapabilityFeature, DomainDefinition } from './definition.ts';
import { unsupported } from './errors.ts';
import { featureForms } from './forms.ts';

/** libvirt's names of Linux capabilities, in the order in which it writes them. */
export const capabilityNames = (
  'audit_control audit_write block_suspend chown dac_override dac_read_search fowner fsetid ipc_lock ipc_owner kill ' +
  'lease linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw setgid setfcap ' +
  'setpcap setuid sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace sys_rawio sys_resource ' +
  'sys_time sys_tty_config syslog wake_alarm'
).split(' ');

const state = orElse(attribute('state', onOff), true);

const states: Part<CapabilityFeature['states']> = {
  read(from, mode) {
    const given = from.children.filter(isElement);
    const unknown = given.find(({ name }) => !capabilityNames.includes(name));
    if (unknown !== undefined) throw unsupported(`unexpected capability feature '${unknown.name}'`);
    return capabilityNames.flatMap(name => {
      const found = given.find(element => element.name === name);
      return found === undefined ? [] : [{ name, state: state.read(found, mode) ? ('on' as const) : ('off' as const) }];
    });
  },
  write(values, to) {
    for (const value of values) {
      const element = draft(value.name);
      element.attributes.push({ name: 'state', value: value.state });
      to.children.push(element);
    }
  },
};

/** The default policy without any exception says nothing. */
const capabilities: Part<CapabilityFeature | null> = mapped(
  child(
    'capabilities',
    record<CapabilityFeature>({
      policy: orElse(attribute('policy', oneOf(['default', 'allow', 'deny'])), 'default'),
      states,
    }),
  ),
  value => (value?.policy === 'default' && value.states.length === 0 ? null : value),
  value => value,
);

/** The order of output. */
const order = (
  'acpi apic pae hap viridian privnet hyperv kvm pvspinlock capabilities pmu vmport gic smm ioapic hpt htm nested-hv ' +
  'msrs vmcoreinfo xen cfpc sbbc ibs ccf-assist tcg async-teardown ras'
).split(' ');

/** A switch that is on when nothing else is said. */
const switches = new Set(['hap', 'pvspinlock', 'pmu', 'vmport', 'smm', 'htm', 'nested-hv', 'vmcoreinfo', 'ccf-assist']);

const completed = (element: XmlElement): XmlElement =>
  switches.has(element.name) && element.attributes.length === 0
    ? { ...element, attributes: [{ name: 'state', value: 'on' }] }
    : element;

const echoed = foreign(featureForms, completed);

/** `<features>`: an element that is none is an error. */
export const features: Part<DomainDefinition['features']> = group(
  'features',
  ordered(
    record<DomainDefinition['features']>({
      privnet: flag('privnet'),
      capabilities,
      foreign: {
        read(from, mode) {
          for (const node of from.children)
            if (isElement(node) && !order.includes(node.name)) throw unsupported(`unexpected feature '${node.name}'`);
          return echoed.read(from, mode);
        },
        write: (value, to, mode) => echoed.write(value, to, mode),
      },
    }),
    order,
  ),
);
