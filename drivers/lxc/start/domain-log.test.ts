import { existsSync } from 'node:fs';
import test from 'ava';
import { defaultSettings } from '../settings.ts';
import { defined, started, tree } from '../testing/containers.ts';

test.after.always(() => tree.remove());

test("a domain's log lines are the daemon's if lxc.conf says so", async t => {
  const lines: string[] = [];
  const add = (_: object, message: string): void => void lines.push(message);
  const fixture = await started(t, () => undefined, {
    settings: { ...defaultSettings, log_with_libvirtd: true },
    log: { debug: add, info: add, warn: add, error: add },
  });
  await fixture.start(await defined(fixture));
  t.true(lines.includes('starting up'));
  t.true(lines.some(line => line.endsWith('/sbin/init')));
  t.false(existsSync(fixture.file('log', 'c.log')));
});
