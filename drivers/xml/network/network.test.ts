import test from 'ava';
import { LibvirtError } from '../../contract/error.ts';
import { type Recorded, recorded } from '../testing/recorded.ts';
import { ownBridge } from './bridge.ts';
import type { NetworkDefinition } from './definition.ts';
import { formatNetwork, formatStoredNetwork, parseNetwork } from './network-document.ts';

/** Where our answer is not the real daemon's, and why. A row that comes to agree must leave this list. */
const differences: Readonly<Record<string, string>> = {
  'name dot': 'directories are named for networks',
  'name dotdot': 'directories are named for networks',
  'everything of a nat network': 'titles and descriptions are kept, as later releases keep them',
  'title newline': 'titles are kept, and so have one line',
  'title order': 'titles and descriptions are kept',
  'dnsmasq option newline': 'an option is one line: what follows would be another option',
  'forward pf and addresses': 'whether a device is a virtual function is looked up when the network starts',
  'forward address empty': 'whether a device is a virtual function is looked up when the network starts',
  'forward dev and pf': 'the message names the network; the real one says %s',
  'forward bridge vlan': 'bridges of the host that filter VLANs can tell guests apart by them',
  'bridge name long': 'a bridge that no kernel makes is refused when it is defined, not when it starts',
  'bridge name slash': 'a bridge that no kernel makes is refused when it is defined',
  'bridge name newline': 'a bridge that no kernel makes is refused when it is defined',
  'bridge name space': 'a bridge that no kernel makes is refused when it is defined',
  'bridge name dot': 'a bridge that no kernel makes is refused when it is defined',
  'bridge name percent s': 'a bridge that no kernel makes is refused when it is defined',
  'domain register': 'kept, as later releases keep it',
  'domain register bad': 'read, as later releases read it',
  'domain odd': 'a name that would be more than a name to dnsmasq is refused',
  'dns forwarder domain odd': 'a name that would be more than a name to dnsmasq is refused',
  'dns txt newline': 'a line feed would start another line of the configuration',
  'dns txt value newline': 'a line feed would start another line of the configuration',
  'dns host newline': 'a line feed would start another line of the file of hosts',
  'ip netmask not contiguous': 'the kernel knows no such mask',
  'ip tftp only': 'a line feed would start another line of the configuration',
  'dhcp host name odd': 'a name that would be more than a name to dnsmasq is refused',
  'dhcp bootp server name': 'of two bad values another one is reported',
  'portgroup isolated': 'kept: ports of the group are isolated',
  'bandwidth zero': 'a bandwidth that limits nothing is not kept',
  'virtualport bad parameters': 'parameters of switches that nothing here talks to are kept as they are',
  'virtualport bad uuid': 'parameters of switches that nothing here talks to are kept as they are',
};

const answer = async (work: () => Promise<string>): Promise<Pick<Recorded, 'output' | 'error'>> => {
  try {
    return { output: await work() };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    const { code, domain, message } = error;
    return { error: { code, domain, message } };
  }
};

/** As the driver completes it: with the name that the recording daemon chose, and an address. */
function completed(definition: NetworkDefinition): NetworkDefinition {
  if (definition.bridge === null || !ownBridge(definition.forward.mode)) return definition;
  const name =
    definition.bridge.name?.includes('%d') === true ? chosen(definition.bridge.name) : definition.bridge.name;
  return {
    ...definition,
    bridge: { ...definition.bridge, name: name ?? 'virbr1' },
    mac: definition.mac ?? '52:54:00:00:00:00',
  };
}

const chosen = (pattern: string): string | null => (pattern === 'zz%d' ? 'zz0' : null);

/** Random values are the same for both. */
const withoutRandom = (xml: string, input: string): string => {
  let text = xml;
  if (!/<uuid>[^<]/.test(input)) text = text.replace(/<uuid>.*?<\/uuid>/, '<uuid/>');
  if (!/<mac address/.test(input)) text = text.replace(/<mac address='[^']*'\/>/, '<mac/>');
  return text;
};

const rows = recorded('network');

for (const { name, input, output, error } of rows)
  test(`a network reads as a real daemon has it: ${name}`, async t => {
    const ours = await answer(async () => withoutRandom(formatNetwork(completed(await parseNetwork(input))), input));
    const theirs = error === undefined ? { output: withoutRandom(output ?? '', input) } : { error };
    if (differences[name] === undefined) t.deepEqual(ours, theirs);
    else t.notDeepEqual(ours, theirs, `${name} agrees by now`);
  });

test('every listed difference belongs to a recorded document', t => {
  t.deepEqual(
    Object.keys(differences).filter(name => !rows.some(row => row.name === name)),
    [],
  );
});

test('what is written reads as the same definition and is written the same again', async t => {
  for (const { input, name } of rows) {
    const first = await parseNetwork(input).catch(() => null);
    if (first === null) continue;
    const whole = completed(first);
    const second = await parseNetwork(formatStoredNetwork(whole));
    t.deepEqual({ ...second, uuidGiven: whole.uuidGiven }, whole, name);
    t.is(formatNetwork(second), formatNetwork(whole), name);
  }
});

test('what uses a network is counted in the document of one that runs', async t => {
  const pool = "<forward mode='passthrough'><interface dev='a'/><interface dev='b'/></forward>";
  const definition = await parseNetwork(`<network><name>n</name>${pool}</network>`);
  const text = formatNetwork(definition, { total: 3, byDevice: new Map([['b', 3]]) });
  t.true(text.startsWith("<network connections='3'>\n"));
  t.true(text.includes("<interface dev='a'/>\n    <interface dev='b' connections='3'/>"));
});

/** Texts that are more than a value to somebody who reads the document, or what is made of it. */
const hostile = [
  '',
  '\n',
  'a\nlog-facility=/etc/x',
  '; drop',
  "'",
  '"',
  '\\',
  '../..',
  '-1',
  '99999999999',
  '%s%n',
  '*',
  'a,b',
];

test('whatever stands in an attribute or a text, the answer is a definition of single lines or an error of libvirt', async t => {
  let count = 0;
  for (const { input, error } of rows) {
    if (error !== undefined) continue;
    for (const { index, 0: found } of input.matchAll(/(?<=[ ][a-zA-Z]+=['"])[^'"<]*(?=['"])|(?<=>)[^<]+(?=<)/g)) {
      const value = (hostile[count++ % hostile.length] ?? '').replace(
        /[&'"<\n]/g,
        character => `&#${character.codePointAt(0)};`,
      );
      const mutated = input.slice(0, index) + value + input.slice(index + found.length);
      const ours = await answer(async () => formatNetwork(completed(await parseNetwork(mutated))));
      if (ours.output !== undefined)
        t.notRegex(
          ours.output.replace(/<description>[^]*?<\/description>|<metadata>[^]*?<\/metadata>|<parameters.*>/g, ''),
          /&#10;|log-facility/,
          mutated,
        );
    }
  }
  t.true(count > 300);
});
