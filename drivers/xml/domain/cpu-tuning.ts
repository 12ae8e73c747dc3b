import { bitmap, isEverything } from '../bitmap.ts';
import { attribute, content } from '../describe/attribute.ts';
import { child, group, textChild } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { mapped, orElse, record, required, type Part } from '../describe/part.ts';
import { oneOf, parseSigned, unsigned, type Text } from '../describe/text.ts';
import { childOf } from '../tree.ts';
import { normalPins } from './cpu-pins.ts';
import type { CpuTuning, DomainDefinition } from './definition.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { cputuneForms } from './forms.ts';

const invalidCpuset = (text: string): Error => unsupported(`Invalid value of 'cpuset': ${text}`);

const vcpuCount: Text<number> = unsigned(0xffff_ffff, () => xmlError('maximum vcpus count must be an integer'));

/** `<vcpu>` */
export const vcpu: Part<DomainDefinition['vcpu']> = mapped(
  child(
    'vcpu',
    record({
      placement: orElse(attribute('placement', oneOf(['static', 'auto'])), 'static'),
      cpuset: attribute('cpuset', bitmap(invalidCpuset)),
      current: attribute('current', unsigned()),
      max: required(content(vcpuCount), () => xmlError('maximum vcpus count must be an integer')),
    }),
  ),
  (value, from) => {
    if (childOf(from, 'vcpus') !== null) throw unsupported('individual CPU state configuration is not supported');
    const { placement, cpuset, current, max } = value ?? { placement: 'static', cpuset: null, current: null, max: 1 };
    if (max === 0) throw internalError('CPU IDs in <numa> exceed the <vcpu> count');
    if (current !== null && current > max)
      throw unsupported('maximum vCPU count must not be less than current vCPU count');
    const pinned = placement === 'auto' || cpuset === null || isEverything(cpuset) ? null : cpuset;
    return { placement, cpuset: pinned, current, max };
  },
  value => value,
);

/** Microseconds and shares; zero is what an unset value is. */
const cpuNumber = (name: string, min: bigint, max: bigint, zeroIsNone: boolean): Part<bigint | null> =>
  mapped(
    textChild(name, cpuText(name)),
    value => {
      if (value === null || (value === 0n && zeroIsNone)) return null;
      if (value > 0n && (value < min || value > max))
        throw unsupported(`Value of cputune '${name}' must be in range [${min}, ${max}]`);
      return value;
    },
    value => value,
  );

const cpuText = (name: string): Text<bigint> => ({
  parse(text) {
    const value = parseSigned(text);
    if (value === null || (value < 0n && !name.endsWith('quota'))) throw xmlError(`can't parse cputune ${name} value`);
    return value;
  },
  format: String,
});

const period = (name: string): Part<bigint | null> => cpuNumber(name, 1000n, 1_000_000n, true);
const quota = (name: string): Part<bigint | null> => cpuNumber(name, 1000n, 17_592_186_044_415n, true);

/** `<cputune>` */
export const cputune: Part<CpuTuning> = group(
  'cputune',
  record<CpuTuning>({
    shares: cpuNumber('shares', 2n, 262_144n, false),
    period: period('period'),
    quota: quota('quota'),
    globalPeriod: period('global_period'),
    globalQuota: quota('global_quota'),
    emulatorPeriod: period('emulator_period'),
    emulatorQuota: quota('emulator_quota'),
    iothreadPeriod: period('iothread_period'),
    iothreadQuota: quota('iothread_quota'),
    foreign: mapped(foreign(cputuneForms), normalPins, pins => pins),
  }),
);
