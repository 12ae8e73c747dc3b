/** The TZ rule of POSIX, as it stands behind the table of a time zone file: "CET-1CEST,M3.5.0,M10.5.0/3". */
import type { Zone } from './time-zone.ts';

const NAME = String.raw`(?:([A-Za-z]{3,})|<([A-Za-z0-9+-]+)>)`;
const TIME = String.raw`[+-]?\d{1,3}(?::\d{1,2}){0,2}`;
const DATE = String.raw`(?:J\d{1,3}|\d{1,3}|M\d{1,2}\.\d\.\d)(?:\/${TIME})?`;
const RULE = new RegExp(`^${NAME}(${TIME})(?:${NAME}(${TIME})?(?:,(${DATE}),(${DATE}))?)?$`);

const HOUR = 3600;
const DAY = 86_400;
/** When clocks change where the rule does not say. */
const TWO_O_CLOCK = 2 * HOUR;
const DEFAULT_DATES = { start: 'M3.2.0', end: 'M11.1.0' } as const;

/** The zone that the rule gives for a time in seconds since the epoch; null when it is no rule. */
export function zoneByRule(rule: string, time: number): Zone | null {
  const match = RULE.exec(rule);
  if (match === null) return null;
  const [, letters, quoted, west = '', summerLetters, summerQuoted, summerWest, start, end] = match;
  // The rule counts west of Greenwich.
  const standard = { name: letters ?? quoted ?? '', offset: 0 - seconds(west) };
  const summerName = summerLetters ?? summerQuoted;
  if (summerName === undefined) return standard;
  const summer = {
    name: summerName,
    offset: summerWest === undefined ? standard.offset + HOUR : 0 - seconds(summerWest),
  };
  const year = new Date((time + standard.offset) * 1000).getUTCFullYear();
  const from = momentOf(start ?? DEFAULT_DATES.start, year) - standard.offset;
  const until = momentOf(end ?? DEFAULT_DATES.end, year) - summer.offset;
  const isSummer = from < until ? time >= from && time < until : time >= from || time < until;
  return isSummer ? summer : standard;
}

/** "-1:30", as seconds. */
function seconds(text: string): number {
  const [hours = '0', minutes = '0', rest = '0'] = text.replace(/^[+-]/, '').split(':');
  const value = Number(hours) * HOUR + Number(minutes) * 60 + Number(rest);
  return text.startsWith('-') ? -value : value;
}

/** A date of a rule in one year, in seconds since the epoch by the clock that is valid before it. */
function momentOf(date: string, year: number): number {
  const [day = '', time] = date.split('/');
  return dayOf(day, year) * DAY + (time === undefined ? TWO_O_CLOCK : seconds(time));
}

/** In days since the epoch. */
function dayOf(day: string, year: number): number {
  const newYear = Date.UTC(year, 0, 1) / 1000 / DAY;
  if (day.startsWith('J')) {
    // Counts from 1, and never counts a 29th of February.
    const number = Number(day.slice(1));
    const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    return newYear + number - 1 + (leap && number > 59 ? 1 : 0);
  }
  if (!day.startsWith('M')) return newYear + Number(day);
  const [month = 1, week = 1, weekday = 0] = day.slice(1).split('.').map(Number);
  const first = Date.UTC(year, month - 1, 1) / 1000 / DAY;
  const next = Date.UTC(year, month, 1) / 1000 / DAY;
  // The epoch was a Thursday.
  const firstSuch = first + ((((weekday - first - 4) % 7) + 7) % 7);
  const chosen = firstSuch + (week - 1) * 7;
  return chosen >= next ? chosen - 7 : chosen;
}
