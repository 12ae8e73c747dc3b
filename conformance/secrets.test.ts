import { join } from 'node:path';
import test from 'ava';
import { type Host, openHost } from './harness/host.ts';
import { until } from './harness/until.ts';

let host: Host;

test.before(async () => {
  host = await openHost();
});
test.after.always(() => host[Symbol.asyncDispose]());

const document = (uuid: string, attributes: string, name: string): string =>
  `<secret ${attributes}><uuid>${uuid}</uuid><usage type='ceph'><name>${name}</name></usage></secret>`;

test.serial('virsh keeps a secret through its whole life', async t => {
  const uuid = '10000000-0000-4000-8000-000000000001';
  using changes = host.terminal(['secret-event', '--event', 'value-changed', '--loop']);
  using life = host.terminal(['secret-event', '--event', 'lifecycle', '--loop']);
  await host.mustVirsh('secret-define', await host.file('one.xml', document(uuid, '', 'client.one')));
  // The clients of the events may have come later than the first of these.
  await until('events arrive', async () => {
    await host.mustVirsh('secret-define', join(host.directory, 'one.xml'));
    await host.mustVirsh('secret-set-value', uuid, '--base64', Buffer.from('first').toString('base64'));
    return (
      changes.shown.includes(`event 'value-changed' for secret ${uuid}`) &&
      life.shown.includes(`event 'lifecycle' for secret ${uuid}: Defined`)
    );
  });
  t.is((await host.mustVirsh('secret-get-value', uuid, '--plain')).trim(), 'first');

  await host.mustVirsh('secret-set-value', uuid, '--file', await host.file('value', 'c2Vjb25k'));
  t.is((await host.mustVirsh('secret-get-value', uuid)).trim(), 'c2Vjb25k');
  await host.mustVirsh('secret-set-value', uuid, '--plain', '--file', await host.file('value', 'third'));
  t.is((await host.mustVirsh('secret-get-value', uuid, '--plain')).trim(), 'third');
  t.regex(await host.mustVirsh('secret-list'), new RegExp(`${uuid}\\s+ceph client\\.one`));
  t.regex(await host.mustVirsh('secret-dumpxml', uuid), /<name>client\.one<\/name>/);

  await host.mustVirsh('secret-undefine', uuid);
  await life.expect(new RegExp(`secret ${uuid}: Undefined`));
  t.is((await host.mustVirsh('secret-list')).trim(), '');
  t.notRegex(changes.shown, /first|third|Zmlyc3Q/);
});

test.serial('a private value is set and shown to nobody', async t => {
  const uuid = '10000000-0000-4000-8000-000000000002';
  await host.mustVirsh('secret-define', await host.file('two.xml', document(uuid, "private='yes'", 'client.two')));
  await host.mustVirsh('secret-set-value', uuid, '--base64', 'YWJj');
  const { status, stderr } = await host.virsh(['secret-get-value', uuid]);
  t.is(status, 1);
  t.regex(stderr, /Invalid secret: secret is private/);
});

test.serial('a killed daemon loses ephemeral secrets, and no other', async t => {
  if (host.daemon === null) {
    t.pass('A foreign server is not killed');
    return;
  }
  const [kept, lost] = ['10000000-0000-4000-8000-000000000003', '10000000-0000-4000-8000-000000000004'];
  await host.mustVirsh('secret-define', await host.file('three.xml', document(kept, '', 'client.three')));
  await host.mustVirsh('secret-define', await host.file('four.xml', document(lost, "ephemeral='yes'", 'client.four')));
  for (const uuid of [kept, lost]) await host.mustVirsh('secret-set-value', uuid, '--base64', 'YWJj');
  await host.daemon.stop('SIGKILL');
  await host.restart();
  t.is((await host.mustVirsh('secret-get-value', kept)).trim(), 'YWJj');
  t.regex((await host.virsh(['secret-get-value', lost])).stderr, /failed to get secret/);
});
