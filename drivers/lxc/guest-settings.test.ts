import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { guestElement } from '../xml/domain/guest-settings.ts';
import { formatVerbatim } from '../xml/verbatim.ts';
import { BusyboxTree } from './testing/busybox-tree.ts';
import { running, said, started } from './testing/containers.ts';

const metadata = (settings: Parameters<typeof guestElement>[0]): string => {
  const element = guestElement(settings);
  return `<metadata>${element === null ? '' : formatVerbatim(element, 0)}</metadata>`;
};

const idmap =
  "<idmap><uid start='0' target='100000' count='65536'/><gid start='0' target='100000' count='65536'/></idmap>";

for (const [what, more] of [
  ['', ''],
  [' below an idmap', idmap],
] as const)
  test(`a guest is told its name and its name servers, and its root stays as it is${what}`, async t => {
    const tree = new BusyboxTree();
    t.teardown(() => tree.remove());
    const etc = join(tree.path, 'etc');
    mkdirSync(etc, { recursive: true });
    rmSync(join(etc, 'resolv.conf'), { force: true });
    symlinkSync('../run/nowhere/stub-resolv.conf', join(etc, 'resolv.conf'));
    writeFileSync(join(etc, 'hostname'), 'image\n');

    const fixture = await started(t);
    const settings = { hostname: 'www.example.org', nameservers: ['192.0.2.53'], searchDomains: ['example.org'] };
    const ref = await running(fixture, {
      root: tree.path,
      elements: `${metadata(settings)}${more}`,
      script: 'hostname; cat /etc/hostname; cat /etc/resolv.conf; echo DONE; sleep 1000',
    });
    const text = await said(fixture, ref, 'DONE');
    t.is(
      text.replaceAll('\r', '').split('DONE')[0],
      'www.example.org\nwww.example.org\nsearch example.org\nnameserver 192.0.2.53\n',
    );
    t.is(readlinkSync(join(etc, 'resolv.conf')), '../run/nowhere/stub-resolv.conf');
    t.is(readFileSync(join(etc, 'hostname'), 'utf8'), 'image\n');
  });

test('a guest that is limited to addresses of the host uses no other', async t => {
  t.timeout(120_000);
  const scenario = join(import.meta.dirname, 'testing/host-addresses-scenario.ts');
  const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, scenario]);
  t.deepEqual(JSON.parse(stdout), {
    inside: {
      'bind allowed': '10.9.0.1',
      'bind other': 'Operation not permitted',
      'bind any': '10.9.0.1',
      'bind any of IPv6': '::ffff:10.9.0.1',
      'bind other, mapped': 'Operation not permitted',
      loopback: '127.77.77.1',
      'loopback of IPv6': 'Operation not permitted',
      'connect allowed': ['10.9.0.1', '10.9.0.1'],
      'connect other': 'Operation not permitted',
      'connect allowed, mapped': ['::ffff:10.9.0.1', '::ffff:10.9.0.1'],
      'connect loopback': ['127.77.77.1', '127.77.77.1'],
      'send to allowed': '10.9.0.1',
      'send to other': 'Operation not permitted',
      'raw socket': 'Operation not permitted',
    },
    reached: {
      loopback: 'Connection refused',
      none: 'Connection refused',
      'loopback of IPv6': 'Operation not permitted',
      'none of IPv6': 'Operation not permitted',
      'none of IPv6, from one of IPv4': 'Operation not permitted',
      'an address of a link without a carrier': 'Operation not permitted',
    },
    refusal: "unsupported configuration: a guest limited to addresses of the host shares the host's network",
  });
});
