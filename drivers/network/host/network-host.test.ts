import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';

/** Runs a scenario in a network namespace of its own, where nothing of the host's is seen or touched. */
async function see<Facts>(t: ExecutionContext, scenario: string): Promise<Facts> {
  t.timeout(180_000);
  const script = join(import.meta.dirname, 'testing/scenarios.ts');
  const command = 'ip link set lo up && exec "$0" "$@"';
  const args = [
    '--net',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    command,
    process.execPath,
    script,
    scenario,
  ];
  const { stdout } = await promisify(execFile)('unshare', args, { timeout: 170_000 });
  const facts: Facts = JSON.parse(stdout);
  return facts;
}

test.serial(
  'a guest of a nat network gets an address, a name and a file to boot, and reaches the outside, which does not reach it',
  async t => {
    const { leases, milliseconds, ...seen } = await see<{ leases: object[]; milliseconds: number }>(t, 'nat');
    t.like(seen, {
      fixed: '192.168.77.200',
      booted: 'a kernel',
      name: true,
      reachesOutside: true,
      reachesNeighbour: true,
      isReachedFromOutside: false,
      ofOne: 1,
      complaints: [],
      left: { link: false, tables: false, files: ['nat0.leases'], processes: 0 },
    });
    t.is(leases.length, 3);
    t.like(
      leases.find(lease => 'mac' in lease && lease.mac === '52:54:00:00:00:77'),
      {
        iface: 'nat0',
        family: 'ipv4',
        ipaddr: '192.168.77.200',
        prefix: 24,
        hostname: 'fixed',
        clientid: '01:52:54:00:00:00:77',
        iaid: null,
      },
    );
    t.log(`a lease in ${Math.round(milliseconds)} ms`);
  },
);

test.serial(
  'with the spanning tree protocol and no delay a guest’s first port has its lease at once, and loops are cut',
  async t => {
    const { fast, slow, ...seen } = await see<{ fast: number; slow: number }>(t, 'prompt');
    t.deepEqual(seen, { states: ['forwarding', 'listening', 'forwarding'], protocol: '1', complaints: [] });
    // the kernel's least delay is two times two seconds
    t.true(slow > 4_000, `without: ${slow} ms`);
    t.true(fast < slow, `${fast} ms, without: ${slow} ms`);
    t.log(`a lease in ${fast} ms, without in ${slow} ms`);
  },
);

test.serial('guests of an isolated network reach each other and the host, and nobody else', async t => {
  t.deepEqual(await see(t, 'isolated'), {
    router: true,
    reachesHost: true,
    reachesNeighbour: true,
    reachesOutside: false,
    reachesStranger: false,
    isReachedFromOutside: false,
    isReachedByStranger: false,
    strangerReachesOutside: true,
    strangerIsReached: true,
  });
});

test.serial(
  'IPv6 guests make up addresses by advertisements or lease them, and are routed, or translated when that is asked for',
  async t => {
    t.deepEqual(await see(t, 'ipv6'), {
      isTranslated: false,
      leased: true,
      leases: [{ family: 'ipv6', isIt: true }],
      natReaches: true,
    });
  },
);

test.serial('a port of the host leads to a guest’s, for the outside, for its neighbours and for the host', async t => {
  t.deepEqual(await see(t, 'forwards'), {
    fromOutside: 'guest',
    fromNeighbour: 'guest',
    fromHost: 'guest',
    afterwards: '',
  });
});

test.serial('iptables serves where nftables is absent', async t => {
  t.deepEqual(await see(t, 'iptables'), {
    reachesOutside: true,
    reachesNeighbour: true,
    isolatedReachesOutside: false,
    isolatedReachesHost: true,
    left: false,
  });
});

for (const product of ['docker', 'ufw'])
  test.serial(`guests reach the outside through the rules of ${product}, which are as before afterwards`, async t => {
    t.deepEqual(await see(t, product), { reachesOutside: true, complaints: [], isAsBefore: true });
  });

const dropped: Readonly<Record<string, { passing: string; arriving: string; table: string }>> = {
  foreign: {
    passing: "the policy of chain 'passing'",
    arriving: "a rule of chain 'services'",
    table: 'inet corporate',
  },
  firewalld: {
    passing: "a rule of chain 'filter_FWD_public'",
    arriving: "a rule of chain 'filter_IN_public'",
    table: 'inet firewalld',
  },
};

const complaint = (what: string, by: string, table: string): string =>
  `Network 'n': ${what} will be dropped by ${by} in table '${table}', which is not ours`;

for (const [product, { passing, arriving, table }] of Object.entries(dropped))
  test.serial(`the log names the chains of others that drop a network’s packets: ${product}`, async t => {
    const { complaints, reachesOutside } = await see<{ complaints: string[]; reachesOutside: boolean }>(t, product);
    t.false(reachesOutside);
    t.deepEqual(complaints, [
      complaint('what guests send to the outside (ipv4)', passing, table),
      complaint("guests' questions for names (DNS)", arriving, table),
      complaint("guests' requests for addresses (DHCP, ipv4)", arriving, table),
      complaint('what guests send to the outside (ipv6)', passing, table),
    ]);
  });

test.serial('whoever changes the firewall while a network runs is noticed, named once, and put up with', async t => {
  const restored = "The networks' rules in the firewall were changed by somebody: they are written again";
  t.deepEqual(await see(t, 'latecomers'), {
    before: true,
    after: true,
    isQuiet: true,
    isQuietWithoutNetworks: true,
    complaints: [
      restored,
      ...['ipv4', 'ipv6'].map(family =>
        complaint(`what guests send to the outside (${family})`, "the policy of chain 'passing'", 'inet corporate'),
      ),
      restored,
    ],
  });
});

test.serial('a daemon that starts again changes nothing that runs, and repairs what is missing', async t => {
  t.deepEqual(await see(t, 'adoption'), {
    adopted: [true, true],
    rules: [true, true],
    isSameProcess: true,
    isNewProcess: true,
    address: true,
    isAdoptedWithoutBridge: false,
  });
});

test.serial('a guest is given another address by a change of the running network', async t => {
  const seen = await see<{ first: string }>(t, 'update');
  t.not(seen.first, '192.168.77.150');
  t.like(seen, { second: '192.168.77.150', isSameProcess: false, runs: 1 });
});

test.serial('dnsmasq serves from directories that are closed to it', async t => {
  t.deepEqual(await see(t, 'closed'), { address: '192.168.77.200', name: true });
});

test.serial('of a network that cannot start nothing is left', async t => {
  const seen = await see<{ option: string }>(t, 'failures');
  t.like(seen, {
    taken: 'error creating bridge interface uplink: File exists',
    uplink: true,
    inUse: 'internal error: Network is already in use by interface uplink',
    left: { link: false, tables: false, files: [], processes: 0 },
  });
  t.regex(seen.option, /^internal error: Child process \(dnsmasq .*unexpected exit status 1.*bad option at line/);
});

test.serial('a network’s bandwidth is shared, a port has its floor, and the bridge knows its address', async t => {
  const seen = await see<Record<'classes' | 'link' | 'table' | 'released' | 'filter', string>>(t, 'bandwidth');
  t.regex(seen.classes, /class htb 1:1 root rate 8Mbit ceil 40Mbit/);
  t.regex(seen.classes, /class htb 1:3 parent 1:1 .*rate 1600Kbit ceil 40Mbit/);
  t.regex(seen.link, /isolated on/);
  t.regex(seen.link, /learning off flood off/);
  t.regex(seen.table, /52:54:00:00:00:01 master nat0 static/);
  t.notRegex(seen.released, /1:3/);
  t.regex(seen.filter, /lxvirtd_police/);
});
