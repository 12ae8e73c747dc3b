import test, { type ExecutionContext } from 'ava';
import type { AuditKind } from '../../contract/audit.ts';
import { defined, failure, started, state, tree, xml } from '../testing/containers.ts';
import { until, type DriverFixture } from '../testing/driver-fixture.ts';
import type { DomainXml } from '../testing/domain-xml.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { DomainAudit } from './domain-audit.ts';
import { field } from './field.ts';

test.after.always(() => tree.remove());

const uuid = '5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa';

/** A driver whose records are kept. */
async function audited(t: ExecutionContext): Promise<{ fixture: DriverFixture; taken: () => string[] }> {
  const records: string[] = [];
  const audit = {
    record: (kind: AuditKind, fields: string, success: boolean) =>
      void records.push(`${kind}: ${fields} ${success ? 'success' : 'failed'}`),
  };
  const fixture = await started(t, () => undefined, { audit });
  return { fixture, taken: () => records.splice(0).map(withoutNumbers) };
}

/** What is another number in each run. */
const withoutNumbers = (record: string): string =>
  record
    .replace(/\b(vm-pid|init-pid|pid-ns)=[1-9]\d*/g, '$1=N')
    .replace(/\/dev\/pts\/\d+/, '/dev/pts/N')
    .replace(tree.path, 'ROOT');

const devices = `<interface type='ethernet'><mac address='52:54:00:11:22:33'/></interface>
  <hostdev mode='capabilities' type='misc'><source><char>/dev/loop-control</char></source></hostdev>`;

/** What libvirt's own driver sends for the same. */
const given = (vm: string): string[] => [
  `resource: virt=lxc resrc=fs reason=start ${vm} old-fs="?" new-fs="ROOT" success`,
  `resource: virt=lxc resrc=net reason=start ${vm} old-net="?" new-net="52:54:00:11:22:33" success`,
  `resource: virt=lxc resrc=hostdev reason=start ${vm} chardev="/dev/loop-control" success`,
];
const limits = (vm: string): string[] => [
  `resource: virt=lxc resrc=mem reason=start ${vm} old-mem=0 new-mem=65536 success`,
  `resource: virt=lxc resrc=vcpu reason=start ${vm} old-vcpu=0 new-vcpu=1 success`,
];
const startedRecords = (vm: string): string[] => [
  ...given(vm),
  `resource: virt=lxc resrc=chardev reason=start ${vm} old-chardev="?" new-chardev="/dev/pts/N" success`,
  ...limits(vm),
  `control: virt=lxc op=start reason=booted ${vm} vm-pid=N success`,
  `control: virt=lxc op=init ${vm} vm-pid=N init-pid=N pid-ns=N success`,
];
const stopped = (vm: string, reason: string): string =>
  `control: virt=lxc op=stop reason=${reason} ${vm} vm-pid=0 success`;

const document = (options: Partial<DomainXml>): Partial<DomainXml> => ({ uuid, devices, ...options });

test('the audit is told of a container, what it has, and how it ended', async t => {
  const { fixture, taken } = await audited(t);
  const ref = await defined(fixture, document({ name: 'plain' }));
  const vm = `vm="plain" uuid=${uuid}`;
  await fixture.start(ref);
  t.deepEqual(taken(), startedRecords(vm));
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(taken(), [stopped(vm, 'destroyed')]);
});

test('a name that could be taken for other fields is not', async t => {
  const { fixture, taken } = await audited(t);
  const ref = await fixture.start(await defined(fixture, document({ name: 'we "ird' })));
  t.deepEqual(taken(), startedRecords(`vm=77652022697264 uuid=${uuid}`));
  await fixture.driver.domainDestroyFlags(ref, 0);
});

test('the audit is told of a start that failed', async t => {
  const { fixture, taken } = await audited(t);
  const ref = await defined(fixture, document({ name: 'fails', init: '/nope' }));
  const vm = `vm="fails" uuid=${uuid}`;
  await failure(() => fixture.start(ref));
  t.deepEqual(taken(), [...given(vm), ...limits(vm), `control: virt=lxc op=start reason=booted ${vm} vm-pid=0 failed`]);
});

test('the audit is told when a container ends by itself, also while no daemon is there', async t => {
  const { fixture, taken } = await audited(t);
  const ref = await fixture.start(await defined(fixture, document({ name: 'ends', script: 'read x; exit 0' })));
  taken();
  await fixture.restart(async () => {
    process.kill(ref.id, 'SIGKILL');
    await until('it has ended', () => !isThere(ref.id));
  });
  t.deepEqual(taken(), [stopped(`vm="ends" uuid=${uuid}`, 'failed')]);
  t.is(state(fixture, ref)[0], 5);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const disk = (source: string): string =>
  `<disk type='file' device='disk'><source file='${source}'/><target dev='sda'/></disk>`;

test('the audit is told of labels and of devices that change', async t => {
  const records: string[] = [];
  const audit = new DomainAudit({
    record: (kind, fields, success) => void records.push(`${kind}: ${fields} ${success ? 'success' : 'failed'}`),
  });
  const read = async (devices: string) => await parseDomain(xml({ name: 'c', uuid, devices }));
  const [none, first, second] = await Promise.all([read(''), read(disk('/a b')), read(disk('/c'))]);
  const vm = `vm="c" uuid=${uuid}`;
  audit.changed(none, first, 'attach', true);
  audit.changed(first, second, 'update', false);
  audit.changed(second, none, 'detach', true);
  audit.changed(none, none, 'detach', true);
  t.deepEqual(records.splice(0), [
    `resource: virt=lxc resrc=disk reason=attach ${vm} old-disk="?" new-disk=2F612062 success`,
    `resource: virt=lxc resrc=disk reason=update ${vm} old-disk=2F612062 new-disk="/c" failed`,
    `resource: virt=lxc resrc=disk reason=detach ${vm} old-disk="/c" new-disk="?" success`,
  ]);
  const label = { model: 'apparmor', relabel: false, label: 'a" b', baselabel: null, imagelabel: null };
  audit.notStarted({ ...none, seclabels: [{ type: 'static', ...label }] });
  t.is(records[0], `machine-id: virt=lxc ${vm} vm-ctx=a__b img-ctx=? model=apparmor success`);
});

const written = test.macro({
  title: (_, value: string | null) => `a field of ${JSON.stringify(value)?.slice(0, 20)}`,
  exec: (t, value: string | null, expected: string) => t.is(field('x', value), expected),
});
test(written, 'a-b/c', 'x="a-b/c"');
test(written, null, 'x="?"');
test(written, 'a b', 'x=612062');
test(written, 'a"b', 'x=612262');
test(written, 'a\nb', 'x=610A62');
test(written, 'ä', 'x=C3A4');
test(written, '\x7f', 'x=7F');
test(written, 'x'.repeat(9000), `x="${'x'.repeat(1500)}"`);
