import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { busyboxRoot } from './harness/roots.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
  const root = await busyboxRoot(join(host.directory, 'root'));
  const image = join(host.directory, 'disk.img');
  await writeFile(image, '');
  await truncate(image, 4 << 20);
  await host.define(`<domain type='lxc'>
    <name>tuned</name><memory>65536</memory><vcpu>4</vcpu>
    <os><type>exe</type><init>/sbin/init</init></os><features><privnet/></features>
    <devices>
      <filesystem type='mount'><source dir='${root}'/><target dir='/'/></filesystem>
      <disk type='file' device='disk'><driver name='loop' type='raw'/><source file='${image}'/><target dev='vda'/></disk>
      <console type='pty'/>
    </devices>
  </domain>`);
  await host.mustVirsh('start', 'tuned');
});
test.after.always(() => host[Symbol.asyncDispose]());

/** A command on the running domain, and what stock virsh shows then; with a status of 1 what it complains of. */
type Row = readonly [command: string, shown: RegExp, status?: 1];

/** One after the other: each finds what those before it have done. */
const rows: readonly Row[] = [
  ['maxvcpus', /^16384$/],
  ['domcapabilities --virttype lxc', /<domain>lxc<\/domain>[^]*<vcpu max='16384'\/>[^]*<filesystem supported='yes'>/],
  ['domcapabilities --virttype kvm', /unknown virttype: kvm/, 1],
  ['vcpucount tuned', /maximum +config +4\nmaximum +live +4\ncurrent +config +4\ncurrent +live +4/],
  ['setvcpus tuned 2 --live', /^$/],
  ['setvcpus tuned 3 --config', /^$/],
  ['vcpucount tuned', /current +config +3\ncurrent +live +2/],
  ['vcpucount tuned --current --live', /^2$/],
  ['vcpucount tuned --maximum --config', /^4$/],
  ['vcpucount tuned --guest', /cannot be switched by what runs in it/, 1],
  ['setvcpus tuned 2 --guest', /cannot be switched by what runs in it/, 1],
  ['setvcpus tuned 9', /greater than max allowable vcpus for the live domain: 9 > 4/, 1],
  ['setvcpus tuned 8 --config --maximum', /^$/],
  ['vcpucount tuned', /maximum +config +8\nmaximum +live +4/],
  ['vcpupin tuned 0 0', /^$/],
  ['vcpupin tuned --vcpu 0', /0 +0$/],
  ['vcpuinfo tuned', /VCPU: +0\nCPU: +0\nState: +running\nCPU time: +\d+\.\ds\nCPU Affinity: +y-*/],
  ['vcpuinfo tuned --pretty', /CPU Affinity: +0 \(out of \d+\)/],
  ['emulatorpin tuned 0 --live --config', /^$/],
  ['emulatorpin tuned', /\*: 0$/],
  ['numatune tuned', /numa_mode +: strict\nnuma_nodeset +: 0/],
  ['numatune tuned --nodeset 0 --live --config', /^$/],
  ['numatune tuned --mode interleave --live', /can't change numatune mode for running domain/, 1],
  ['blkdeviotune tuned vda --read-bytes-sec 1048576 --live --config', /^$/],
  ['blkdeviotune tuned vda', /total_bytes_sec: 0\nread_bytes_sec : 1048576\nwrite_bytes_sec: 0/],
  ['blkdeviotune tuned vda --total-bytes-sec-max 5', /no limit like total_bytes_sec_max/, 1],
  ['domblkinfo tuned vda', /Capacity: +4194304\nAllocation: +\d+\nPhysical: +4194304/],
  ['domblkinfo tuned --all --human', /vda +4\.000 MiB/],
  ['blockresize tuned vda 8192', /Block device 'vda' is resized/],
  ['domblkinfo tuned vda', /Capacity: +8388608/],
  ['blockresize tuned vda 1000b', /size must be a multiple of 512 bytes/, 1],
  ['domblkerror tuned', /No errors found/],
  ['setmaxmem tuned 131072 --live', /^$/],
  ['dominfo tuned', /CPU\(s\): +2\n[^]*Max memory: +131072 KiB/],
  ['setmem tuned 40000 --live', /^$/],
  ['memtune tuned', /hard_limit +: 40000/],
  ['domcontrol tuned', /^ok$/],
  ['domjobinfo tuned', /^Job type: +None/],
  ['domjobabort tuned', /no job is active on the domain/, 1],
  ['set-lifecycle-action tuned poweroff restart --live --config', /^$/],
  ['set-lifecycle-action tuned crash preserve', /doesn't support 'preserve' action/, 1],
  ['domrename tuned other', /cannot rename active domain/, 1],
  ['reset tuned', /Domain 'tuned' was reset/],
  ['vcpucount tuned --current --live', /^2$/],
  [
    'dumpxml tuned',
    /<vcpu placement='static' current='2'>4<[^]*<vcpupin vcpu='0' cpuset='0'\/>[^]*<on_poweroff>restart</,
  ],
  ['destroy tuned', /Domain 'tuned' destroyed/],
  ['vcpuinfo tuned', /State: +N\/A/],
  ['domrename tuned other', /Domain successfully renamed/],
  ['list --all --name', /^other$/],
  ['start other', /Domain 'other' started/],
  ['blkdeviotune other vda', /read_bytes_sec : 1048576/],
];

test.serial('limits of a running container are set and shown by stock virsh', async t => {
  t.timeout(300_000);
  for (const [command, shown, status = 0] of rows) {
    const outcome = await host.virsh(command.split(' '));
    t.is(outcome.status, status, `${command}: ${outcome.stderr}`);
    t.regex((status === 0 ? outcome.stdout : outcome.stderr).trim(), shown, command);
  }
});

test.serial('who listens hears of changed limits', async t => {
  t.timeout(300_000);
  using listener = host.terminal(['event', '--all', '--loop', '--timeout', '60']);
  const change = async (told: RegExp, ...command: string[]): Promise<void> => {
    // The listener says nothing once it is ready: what it does not hear it hears the next time.
    for (let tries = 0; ; tries += 1) {
      await host.mustVirsh(...command);
      if (told.test(listener.shown)) return;
      if (tries > 20) throw new Error(`${command.join(' ')} is not told of: ${listener.shown}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  await change(/event 'balloon-change' for domain '?other'?: 30000KiB/, 'setmem', 'other', '30000', '--live');
  await change(
    /'tunable' for domain '?other'?:\r?\n\s*cputune.cpu_shares: 500/,
    'schedinfo',
    'other',
    'cpu_shares=500',
    '--live',
  );
  await change(/cputune.vcpupin1: 0/, 'vcpupin', 'other', '1', '0', '--live');
  await change(/blkdeviotune.disk: vda/, 'blkdeviotune', 'other', 'vda', '--write-bytes-sec', '9999', '--live');
  t.pass();
});
