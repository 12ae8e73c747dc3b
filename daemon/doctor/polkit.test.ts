import test from 'ava';
import { BusError } from '../../native/dbus/bus.ts';
import type { PolkitVerdict } from '../polkit/authority.ts';
import { look } from './polkit.ts';

const settings = { auth_unix_ro: 'none', auth_unix_rw: 'polkit', access_drivers: ['polkit'] } as const;

const found = async (ask: () => Promise<PolkitVerdict>): Promise<string[]> =>
  (await look({ ...settings, access_drivers: ['polkit'] }, { ask })).map(({ state, text }) => `${state}: ${text}`);

test('polkit is not looked for where nobody asks it', async t => {
  const [finding] = await look({ ...settings, auth_unix_rw: 'none', access_drivers: [] }, { ask: () => t.fail() });
  t.is(finding?.state, 'ok');
});

test('polkit decides', async t => {
  t.deepEqual(await found(async () => 'denied'), [
    'ok: polkitd decides on org.libvirt.unix.manage',
    'ok: polkitd decides on org.libvirt.api.connect.getattr',
  ]);
});

const failing = (code: string) => () => Promise.reject(new BusError(code, 'reason'));

test('actions that are not installed are told from a polkit that is not there', async t => {
  const [unknown] = await found(failing('org.freedesktop.PolicyKit1.Error.Failed'));
  t.regex(unknown ?? '', /^missing: polkitd does not know org\.libvirt\.unix\.manage/);
  const [absent] = await found(failing('org.freedesktop.DBus.Error.ServiceUnknown'));
  t.regex(absent ?? '', /^missing: polkitd does not answer/);
});
