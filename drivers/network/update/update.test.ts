import test from 'ava';
import { LibvirtError } from '../../contract/error.ts';
import { formatNetwork, parseNetwork } from '../../xml/network/network-document.ts';
import { readUpdate } from '../../xml/network/update-elements.ts';
import { validate } from '../../xml/network/validate.ts';
import { recorded } from '../../xml/testing/recorded.ts';
import { updated } from './updated.ts';

/** What a real daemon answered: see drivers/xml/testdata/record.py. */
interface RecordedUpdate {
  readonly name: string;
  readonly input: string;
  readonly network: string;
  readonly command: number;
  readonly section: number;
  readonly parentIndex: number;
  readonly output?: string;
  readonly error?: { readonly code: number; readonly domain: number; readonly message: string };
}

const rows = recorded<RecordedUpdate>('network-update');

/** Where our answer is not the real daemon's, and why. A row that comes to agree must leave this list. */
const differences: Readonly<Record<string, string>> = {
  'add-last dhcp host, 7': 'the name of what is parsed stands in brackets, as everywhere else',
  'add-last dns host of a pool': 'the real one keeps what it would refuse to read again',
};

const answer = async (row: RecordedUpdate): Promise<Pick<RecordedUpdate, 'output' | 'error'>> => {
  try {
    const definition = await parseNetwork(row.network);
    const next = await updated(definition, { ...row, element: () => readUpdate(row.input) }, new Map());
    validate(next);
    return { output: formatNetwork(next).replace(/<mac address='[^']*'\/>/, '<mac/>') };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    const { code, domain, message } = error;
    return { error: { code, domain, message } };
  }
};

for (const row of rows)
  test(`net-update changes a network as a real daemon does it: ${row.name}`, async t => {
    const ours = await answer(row);
    const theirs =
      row.error === undefined
        ? { output: row.output?.replace(/<mac address='[^']*'\/>/, '<mac/>') }
        : { error: row.error };
    if (differences[row.name] === undefined) t.deepEqual(ours, theirs);
    else t.notDeepEqual(ours, theirs, `${row.name} agrees by now`);
  });

test('a link that guests are on stays in the pool', async t => {
  const pool = "<forward mode='private'><interface dev='a'/><interface dev='b'/></forward>";
  const definition = await parseNetwork(`<network><name>n</name>${pool}</network>`);
  const request = { command: 2, section: 7, parentIndex: -1, element: () => readUpdate("<interface dev='b'/>") };
  await t.throwsAsync(updated(definition, request, new Map([['b', 2]])), {
    message: /unable to delete interface 'b' in network 'n'/,
  });
});
