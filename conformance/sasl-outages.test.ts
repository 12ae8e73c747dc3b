/** What becomes of a daemon whose passwords are checked by somebody who never answers. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { openHost } from './harness/host.ts';
import { plainLogin, Talker } from './hostile/talker.ts';

/** How long an end may take, in ms: calls have five seconds to be answered. */
const END_MS = 20_000;

async function configure(root: string, saslauthd: string): Promise<void> {
  await mkdir(join(root, 'etc/libvirt'), { recursive: true });
  await writeFile(join(root, 'etc/libvirt/libvirtd.conf'), 'auth_unix_ro = "sasl"\n');
  await mkdir(join(root, 'etc/sasl2'), { recursive: true });
  const config = `mech_list: plain\npwcheck_method: saslauthd\nsaslauthd_path: ${saslauthd}\n`;
  await writeFile(join(root, 'etc/sasl2/libvirt.conf'), config);
}

test('a daemon ends also while a password is being checked', async t => {
  const saslauthd = createServer(socket => void socket.resume().on('error', () => {}));
  t.teardown(() => saslauthd.close());
  let path = '';
  const prepare = async (root: string): Promise<void> => {
    path = join(root, 'mux');
    await configure(root, path);
    saslauthd.listen(path);
    await once(saslauthd, 'listening');
  };
  await using host = await openHost({ prepare });
  const { daemon } = host;
  if (daemon === null) throw new Error('not against a foreign server');
  using talker = await Talker.enter({ kind: 'unix', sasl: true, path: daemon.readOnlySocket });
  await talker.call('authSaslInit');
  const asked = once(saslauthd, 'connection');
  const answered = talker.call('authSaslStart', plainLogin('fred', 'secret'));
  await asked;
  const began = performance.now();
  const ended = await Promise.race([daemon.stop().then(() => true), sleep(END_MS, false, { ref: false })]);
  t.log(`after ${Math.round(performance.now() - began)} ms`);
  if (!ended) await daemon.stop('SIGKILL');
  t.true(ended);
  t.is((await answered).message, 'gone');
});
