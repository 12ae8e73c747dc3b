import { randomUUID } from 'node:crypto';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import { LibvirtError } from '../../contract/error.ts';
import { attribute } from '../describe/attribute.ts';
import { child, textChild } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { checked, mapped, orElse, ordered, record, required, type Part } from '../describe/part.ts';
import { kibibytes } from '../describe/size.ts';
import { oneOf, onOff, string } from '../describe/text.ts';
import { uuidOr } from '../describe/uuid.ts';
import { childOf } from '../tree.ts';
import { clock } from './clock.ts';
import { cputune, vcpu } from './cpu-tuning.ts';
import type { DomainDefinition, LifecycleAction } from './definition.ts';
import { devices } from './devices.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { features } from './features.ts';
import { completedElement } from './foreign-elements.ts';
import { domainForms } from './forms.ts';
import { idmap } from './idmap.ts';
import { metadata } from './metadata.ts';
import { numatune } from './numa-tuning.ts';
import { os } from './os.ts';
import { seclabels } from './seclabel.ts';
import { sharedNamespaces } from './shared-namespaces.ts';
import { blkiotune, memtune, resource } from './tuning.ts';

const uuidText = uuidOr(() => internalError('malformed uuid element'));

const noName = () =>
  new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.DOMAIN, 'missing name information', {
    str1: 'missing name information',
  });

const name = checked(required(textChild('name', string), noName), value => {
  if (value.includes('/')) throw xmlError(`name ${value} cannot contain '/'`);
});

const title = checked(textChild('title', string), value => {
  if (value?.includes('\n') === true) throw xmlError("Domain title can't contain newlines");
});

const dumpCore: Part<boolean | null> = mapped(
  child('memory', record({ dumpCore: attribute('dumpCore', onOff) })),
  value => value?.dumpCore ?? null,
  () => null,
);

const memory: Part<{ dumpCore: boolean | null; amount: bigint }> = {
  read: (from, mode) => ({
    dumpCore: dumpCore.read(from, mode),
    amount: kibibytes('memory').read(from, mode) ?? 0n,
  }),
  write({ dumpCore: dumped, amount }, to, mode) {
    kibibytes('memory').write(amount, to, mode);
    const element = childOf(to, 'memory');
    if (element === null || dumped === null) return;
    const at = to.children.indexOf(element);
    const first = { name: 'dumpCore', value: onOff.format(dumped) };
    to.children[at] = { ...element, attributes: [first, ...element.attributes] };
  },
};

const actions: readonly LifecycleAction[] = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
];

/** What happens on an event of the domain's life; only a crash can be dumped. */
const lifecycle = (event: 'poweroff' | 'reboot' | 'crash', usual: LifecycleAction): Part<LifecycleAction> =>
  checked(
    orElse(
      textChild(
        `on_${event}`,
        oneOf(actions, text => unsupported(`unknown on_${event} action: ${text}`)),
      ),
      usual,
    ),
    action => {
      if (event !== 'crash' && action.startsWith('coredump'))
        throw unsupported(`Lifecycle event '${event}' doesn't support '${action}' action`);
    },
  );

const type = required(attribute('type', string), () => internalError('missing domain type attribute'));

/** A document's parts as libvirt orders them. `memory` and `resource` become more than one field each. */
const contents = record({
  name,
  type,
  uuid: mapped(
    textChild('uuid', uuidText),
    value => value ?? randomUUID(),
    value => value,
  ),
  title,
  description: textChild('description', string),
  metadata,
  memory,
  currentMemory: kibibytes('currentMemory'),
  blkiotune,
  memtune,
  vcpu,
  cputune,
  numatune,
  resource,
  os,
  idmap,
  features,
  clock,
  onPoweroff: lifecycle('poweroff', 'destroy'),
  onReboot: lifecycle('reboot', 'restart'),
  onCrash: lifecycle('crash', 'destroy'),
  devices,
  seclabels,
  namespaces: sharedNamespaces,
  foreign: foreign(domainForms, completedElement),
});

const order = (
  'name uuid genid title description metadata maxMemory memory currentMemory blkiotune memtune memoryBacking vcpu vcpus ' +
  'iothreads iothreadids defaultiothread cputune numatune resource sysinfo bootloader bootloader_args os idmap features ' +
  'cpu clock on_poweroff on_reboot on_crash on_lockfailure pm perf devices seclabel keywrap launchSecurity namespace'
).split(' ');

/** `<domain>`: the one description by which domains are read and written. */
export const domain: Part<DomainDefinition> = mapped(
  ordered(contents, order),
  ({ memory: { dumpCore: dumped, amount }, currentMemory, resource: { partition, fibrechannel }, ...rest }) => ({
    ...rest,
    dumpCore: dumped,
    memory: amount,
    currentMemory: currentMemory ?? 0n,
    partition,
    fibrechannel,
  }),
  ({ dumpCore: dumped, memory: amount, partition, fibrechannel, ...rest }) => ({
    ...rest,
    memory: { dumpCore: dumped, amount },
    resource: { partition, fibrechannel },
  }),
);
