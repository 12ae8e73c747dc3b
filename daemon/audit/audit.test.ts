import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import type { Log } from '../../drivers/contract/log.ts';
import { AuditSocket } from '../../native/ffi/audit.ts';
import { Audit } from './audit.ts';

function logged(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const add = (_: object, message: string): void => void lines.push(message);
  return { log: { debug: add, info: add, warn: add, error: add }, lines };
}

test('records are logged if asked for', async t => {
  const { log, lines } = logged();
  const audit = new Audit({ audit_level: 0, audit_logging: true }, log);
  audit.record('control', 'virt=lxc op=start', true);
  audit.record('resource', 'virt=lxc resrc=disk', false);
  await audit.close();
  t.deepEqual(lines, ['success=yes virt=lxc op=start', 'success=no virt=lxc resrc=disk']);
});

/** In user namespaces the kernel refuses everybody. */
const level = test.macro(async (t, audit_level: number, expected: RegExp) => {
  const source = `
    import { Audit } from '${import.meta.dirname}/audit.ts';
    const say = (_, message) => console.log(message);
    const log = { debug: say, info: say, warn: say, error: say };
    const audit = new Audit({ audit_level: ${audit_level}, audit_logging: false }, log);
    audit.record('control', 'x=y', true);
    await audit.close();
    console.log('served');`;
  const child = spawn(
    'unshare',
    ['--user', '--map-root-user', process.execPath, '--input-type=module', '--eval', source],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  t.regex(output, expected);
});
test('without an audit of the host nothing happens', level, 1, /The host has no audit\nserved\n$/);
test('unless it is required', level, 2, /SystemCallError/);

test('a record that the kernel does not take is reported, and the next one is sent', async t => {
  const failures: Error[] = [];
  let socket: AuditSocket;
  try {
    socket = new AuditSocket(error => failures.push(error));
  } catch (error) {
    t.log(`skipped: this kernel has no audit for us: ${String(error)}`);
    t.pass();
    return;
  }
  // A number that nobody has.
  socket.record(1999, 'x=y');
  socket.record(2500, 'virt=lxc op=test vm="c" exe="/test" hostname=? addr=? terminal=? res=success');
  await socket.close();
  t.deepEqual(
    failures.map(({ message }) => message),
    ['audit: invalid argument'],
  );
});
