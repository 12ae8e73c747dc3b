import { execFileSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { filtersVlans, setPortVlans, type PortVlan } from './bridge-vlans.ts';
import { createBridge, createVeth } from './create-link.ts';
import { deleteLink } from './links.ts';
import { containerProcess, unique } from './testing/test-network.ts';

/** A bridge that filters VLANs; null where the kernel has none such. */
function filteringBridge(t: ExecutionContext): string | null {
  const name = unique('b');
  createBridge(name);
  t.teardown(() => deleteLink(name));
  t.false(filtersVlans(name));
  try {
    execFileSync('ip', ['link', 'set', name, 'type', 'bridge', 'vlan_filtering', '1'], { stdio: 'pipe' });
  } catch {
    t.log('this kernel is built without BRIDGE_VLAN_FILTERING');
    return null;
  }
  t.true(filtersVlans(name));
  return name;
}

interface Port {
  vlans: { vlan: number; flags?: string[] }[];
}

const rows: readonly [string, readonly PortVlan[], Port['vlans']][] = [
  ['an access port', [{ id: 42, native: true, untagged: true }], [{ vlan: 42, flags: ['PVID', 'Egress Untagged'] }]],
  [
    'a trunk',
    [
      { id: 10, native: false, untagged: false },
      { id: 20, native: true, untagged: false },
      { id: 4094, native: false, untagged: false },
    ],
    [{ vlan: 10 }, { vlan: 20, flags: ['PVID'] }, { vlan: 4094 }],
  ],
  ['the default VLAN', [{ id: 1, native: true, untagged: true }], [{ vlan: 1, flags: ['PVID', 'Egress Untagged'] }]],
];
for (const [kind, vlans, expected] of rows)
  test(`a port of a bridge is in its VLANs and no others: ${kind}`, async t => {
    const bridge = filteringBridge(t);
    if (bridge === null) return;
    const pid = await containerProcess(t);
    const name = unique('v');
    createVeth({ name, bridge, up: true, peer: { name: 'eth0', pid } });
    t.teardown(() => deleteLink(name));
    setPortVlans(name, vlans);
    const [port]: Port[] = JSON.parse(
      execFileSync('bridge', ['-json', 'vlan', 'show', 'dev', name], { encoding: 'utf8' }),
    );
    t.deepEqual(port?.vlans, expected);
  });

test('what is no bridge filters no VLANs', t => {
  t.false(filtersVlans('lo'));
  t.throws(() => filtersVlans('lx-none'), { code: 'ENODEV' });
});
