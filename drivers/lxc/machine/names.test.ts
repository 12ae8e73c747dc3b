import test from 'ava';
import { machineName, scopeName, sliceName } from './names.ts';

const named = test.macro({
  title: (_, domain: string) => `machine of ${JSON.stringify(domain)}`,
  exec(t, domain: string, name: string) {
    t.is(machineName(42, domain), name);
    // What systemd takes for the name of a host.
    t.regex(name, /^(?!.*(\.\.|-\.|\.-))[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_]$/);
  },
});
test(named, 'web', 'lxc-42-web');
test(named, 'a.b_c-d', 'lxc-42-a.b_c-d');
test(named, '-.x-.-y..', 'lxc-42-x.y');
test(named, '../../etc', 'lxc-42-etc');
test(named, 'a b/c\nd"e', 'lxc-42-abcde');
test(named, '日本', 'lxc-42');
test(named, 'x'.repeat(300), `lxc-42-${'x'.repeat(40)}`);

test('a unit is named after its machine, its dashes escaped', t => {
  t.is(scopeName('lxc-42-a.b'), String.raw`machine-lxc\x2d42\x2da.b.scope`);
});

const slice = test.macro({
  title: (_, partition: string) => `slice of ${partition}`,
  exec: (t, partition: string, name: string) => t.is(sliceName(partition), name),
});
test(slice, '/machine', 'machine.slice');
test(slice, '/machine.slice', 'machine.slice');
test(slice, '/production/eu', 'production-eu.slice');
test(slice, '/a-b/c', String.raw`a\x2db-c.slice`);
test(slice, '/', '-.slice');
