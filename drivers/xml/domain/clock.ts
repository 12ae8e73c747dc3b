import { attribute, requiredAttribute } from '../describe/attribute.ts';
import { child, children } from '../describe/element.ts';
import { foreign } from '../describe/foreign.ts';
import { mapped, orElse, record, type Part } from '../describe/part.ts';
import { oneOf, parseSigned, string, unsigned64, yesNo } from '../describe/text.ts';
import type { Clock, Timer } from './definition.ts';
import { internalError, unsupported, xmlError } from './errors.ts';
import { catchupForms } from './forms.ts';

const timerNames = ['platform', 'pit', 'rtc', 'hpet', 'tsc', 'kvmclock', 'hypervclock', 'armvtimer'] as const;

const timer: Part<Timer> = record<Timer>({
  name: requiredAttribute('name', oneOf<string>(timerNames)),
  present: attribute('present', yesNo),
  tickpolicy: attribute('tickpolicy', oneOf(['delay', 'catchup', 'merge', 'discard'])),
  track: attribute('track', oneOf(['boot', 'guest', 'wall', 'realtime'])),
  frequency: attribute('frequency', unsigned64()),
  mode: attribute('mode', oneOf(['auto', 'native', 'emulate', 'paravirt', 'smpsafe'])),
  foreign: foreign(catchupForms),
});

const offsets = ['utc', 'localtime', 'variable', 'timezone', 'absolute'] as const;

const element = record<Clock>({
  offset: orElse(
    attribute(
      'offset',
      oneOf(offsets, text => unsupported(`unknown clock offset '${text}'`)),
    ),
    'utc',
  ),
  adjustment: attribute('adjustment', string),
  basis: attribute(
    'basis',
    oneOf(['utc', 'localtime'], text => unsupported(`unknown clock basis '${text}'`)),
  ),
  timezone: attribute('timezone', string),
  start: attribute('start', string),
  timers: children('timer', timer),
});

/** Each offset keeps the attributes that belong to it; a number that adjusts makes the offset variable. */
function resolved(clock: Clock): Clock {
  const { offset, timers } = clock;
  const bare: Clock = { offset, adjustment: null, basis: null, timezone: null, start: null, timers };
  switch (offset) {
    case 'utc':
    case 'localtime':
      if (clock.adjustment === null || clock.adjustment === 'reset') return { ...bare, adjustment: clock.adjustment };
      if (parseSigned(clock.adjustment) === null) throw xmlError(`unknown clock adjustment '${clock.adjustment}'`);
      return { ...bare, offset: 'variable', adjustment: clock.adjustment, basis: offset };
    case 'variable':
      return { ...bare, adjustment: String(parseSigned(clock.adjustment ?? '') ?? 0), basis: clock.basis ?? 'utc' };
    case 'timezone':
      if (clock.timezone === null) throw internalError("missing 'timezone' attribute for clock with offset='timezone'");
      return { ...bare, timezone: clock.timezone };
    case 'absolute':
    default:
      if (clock.start === null) throw internalError("missing 'start' attribute for clock with offset='absolute'");
      return { ...bare, start: clock.start };
  }
}

/** `<clock>` */
export const clock: Part<Clock> = mapped(
  orElse(child('clock', element), {
    offset: 'utc',
    adjustment: null,
    basis: null,
    timezone: null,
    start: null,
    timers: [],
  }),
  resolved,
  value => value,
);
