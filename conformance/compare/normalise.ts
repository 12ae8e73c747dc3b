import { hostname } from 'node:os';

/** What differs from run to run, whichever daemon answers: ids, terminals, times, sizes in use, directories. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // Said by libvirt's library where there is no polkit.
  [/^Authorization not available\. .*\n/gm, ''],
  [/(<domain type='lxc') id='\d+'/g, "$1 id='ID'"],
  [/^(Id: +)\d+$/gm, '$1ID'],
  [/^( )\d+( +\S)/gm, '$1ID$2'],
  [/^\d{2,5}$/gm, 'ID'],
  [/(process) \(\d+\)/g, '$1 (ID)'],
  [/^\d+( subject)$/gm, 'ID$1'],
  [/\/tmp\/virsh\w+\.xml/g, 'TEMPORARY'],
  [
    /^( (?:rd|wr)_(?:req|bytes) |\s*number of (?:read|write) operations: +|\s*number of bytes (?:read|written): +)\d+$/gm,
    '$1COUNT',
  ],
  [/^((?:user|system|idle|iowait|usage):) +(?:[\d.]+%?|TIME)$/gm, '$1 TIME'],
  [/^((?:total|free|buffers|cached) *:) +\d+( KiB)$/gm, '$1 SIZE$2'],
  [/^(subject0 [rt]x_\w+) \d+$/gm, '$1 COUNT'],
  [/^( *(?:Total|\d+|\d+KiB):) +\d+( KiB|)$/gm, '$1 SIZE$2'],
  [/\/dev\/pts\/\d+/g, 'TERMINAL'],
  [/^(CPU time: +|\s*(?:cpu|user|system)_time +)[\d.]+(s| seconds)?$/gm, '$1TIME'],
  [/^(Used memory: +)\d+( KiB)$/gm, '$1SIZE$2'],
  [/^((?:actual|rss|swap_in|available|unused|usable|disk_caches|last_update) )\d+$/gm, '$1SIZE'],
  [/[0-9a-f]{8}-(?!7a4e-4d33)[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID'],
  [/52:54:00:(?!7a:4e)[0-9a-f:]{8}/g, 'MAC'],
  [/^(.*Running hypervisor: LXC ).*$/gm, '$1VERSION'],
  [/<([acmb]time)>[1-9][\d.]*<\/\1>/g, '<$1>TIME</$1>'],
  [/\s+$/g, ''],
];

/** `places` are texts, such as directories, with what stands for them; the longest first. */
export function normalise(text: string, places: ReadonlyMap<string, string>): string {
  let normal = text;
  for (const [place, name] of places) normal = normal.replaceAll(place, name);
  // Columns are as wide as the ids in them.
  normal = normal.replace(/^-{3,}$/gm, '---');
  for (const [pattern, replacement] of RULES) normal = normal.replace(pattern, replacement);
  return normal
    .split('\n')
    .map(line => (/^ (Id|ID|-) /.test(line) ? line.replace(/ {2,}/g, '  ') : line).trimEnd())
    .map(line => (line === hostname() ? 'HOST' : line))
    .join('\n');
}
