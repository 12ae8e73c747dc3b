import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'node:fs/promises';
import test from 'ava';
import { ErrorCode, ErrorDomain } from '../../contract/constants.ts';
import type { LibvirtError } from '../../contract/error.ts';
import { getAttribute, setAttribute } from '../../../native/ffi/xattr.ts';
import { startingDefinition } from '../start/live-definition.ts';
import { defaultSettings } from '../settings.ts';
import { defined, failure, started, tree, xml } from '../testing/containers.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { AppArmor, parseCurrent } from './apparmor/apparmor.ts';
import { chooseSecurityDriver } from './choose.ts';
import { DomainSecurity } from './domain-security.ts';
import type { SecurityDriver } from './security-driver.ts';
import { CategoryPool } from './selinux/categories.ts';
import { parseLxcContexts } from './selinux/context.ts';
import { SELinux } from './selinux/selinux.ts';

test.after.always(() => tree.remove());

const { CONFIG_UNSUPPORTED, INTERNAL_ERROR, XML_ERROR } = ErrorCode;

const uuid = '5f1d2c7e-8a04-4b57-9d7f-0c6a3c1be0aa';

const contexts = parseLxcContexts(`
process = "system_u:system_r:svirt_lxc_net_t:s0"
content = "system_u:object_r:virt_var_lib_t:s0"
file = "system_u:object_r:svirt_lxc_file_t:s0"
`);
if (contexts === null) throw new Error('The contexts are complete');
const selinux = (): SELinux => new SELinux(contexts, 's0-s0:c0.c1023');

const definition = async (elements: string, securityModel = 'none'): Promise<DomainDefinition> =>
  startingDefinition(await parseDomain(xml({ uuid, elements }), { securityModel }));

const refused = async (action: () => unknown): Promise<LibvirtError> => failure(async () => action());

/** What the live document says: type, model, label. */
const decides = test.macro<
  [SecurityDriver | null, Partial<typeof defaultSettings>, string, (string | RegExp | null)[]]
>(async (t, driver, settings, elements, expected) => {
  const security = new DomainSecurity(driver, { ...defaultSettings, ...settings });
  const { seclabels } = security.labelled(await definition(elements, security.model.model));
  const told = seclabels.flatMap(({ type, model, label }) => [type, model, label]);
  t.is(told.length, expected.length);
  told.forEach((value, at) => {
    const wanted = expected[at];
    if (wanted instanceof RegExp) t.regex(value ?? '', wanted);
    else t.is(value, wanted ?? null);
  });
});

const refuses = test.macro<[SecurityDriver | null, Partial<typeof defaultSettings>, string, ErrorCode, RegExp]>(
  async (t, driver, settings, elements, code, text) => {
    const error = await refused(async () =>
      new DomainSecurity(driver, { ...defaultSettings, ...settings }).labelled(await definition(elements)),
    );
    t.is(error.code, code);
    t.is(error.domain, ErrorDomain.SECURITY);
    t.regex(error.message, text);
  },
);

const appArmor = new AppArmor();
const confined = { security_default_confined: true };
const required = { security_require_confined: true };
const dynamic = "<seclabel type='dynamic' model='apparmor'/>";
const fixed = "<seclabel type='static' model='apparmor'><label>mine</label></seclabel>";

test('a domain that says nothing is not confined', decides, appArmor, {}, '', []);
test('unless lxc.conf says so', decides, appArmor, confined, '', ['dynamic', 'apparmor', `libvirt-${uuid}`]);
test('which has no effect where nothing confines', decides, null, confined, '', []);
test('a domain may ask to be left alone', decides, appArmor, confined, "<seclabel type='none'/>", [
  'none',
  'none',
  null,
]);
test('a dynamic label is made for its domain', decides, appArmor, {}, dynamic, [
  'dynamic',
  'apparmor',
  `libvirt-${uuid}`,
]);
test('a dynamic label without a model is one of the host', decides, selinux(), {}, "<seclabel type='dynamic'/>", [
  'dynamic',
  'selinux',
  /^system_u:system_r:svirt_lxc_net_t:s0:c\d+,c\d+$/,
]);
test(
  'a base label gives user, role and type',
  decides,
  selinux(),
  {},
  "<seclabel type='dynamic' model='selinux'><baselabel>u:r:mine_t:s0</baselabel></seclabel>",
  ['dynamic', 'selinux', /^u:r:mine_t:s0:c\d+,c\d+$/],
);
test('a static label stays as it is', decides, appArmor, {}, fixed, ['static', 'apparmor', 'mine']);
test('any label means none where nothing confines', decides, null, {}, "<seclabel type='dynamic'/>", [
  'none',
  'none',
  null,
]);

const notThere = /^unsupported configuration: Security driver model 'apparmor' is not available$/;
const unconfined = /^unsupported configuration: Unconfined guests are not allowed on this host$/;
test('a label of another model is refused', refuses, selinux(), {}, dynamic, CONFIG_UNSUPPORTED, notThere);
test('any model is refused where nothing confines', refuses, null, {}, fixed, CONFIG_UNSUPPORTED, notThere);
test('unconfined domains can be refused', refuses, appArmor, required, '', CONFIG_UNSUPPORTED, unconfined);
test(
  'also those that ask for it',
  refuses,
  appArmor,
  required,
  "<seclabel type='none'/>",
  CONFIG_UNSUPPORTED,
  unconfined,
);
test(
  'a base label that is none is refused',
  refuses,
  selinux(),
  {},
  "<seclabel type='dynamic' model='selinux'><baselabel>what</baselabel></seclabel>",
  XML_ERROR,
  /Invalid security label what/,
);

test('nobody can be confined where nothing confines', async t => {
  const error = await refused(() => new DomainSecurity(null, { ...defaultSettings, ...required }));
  t.is(error.code, CONFIG_UNSUPPORTED);
  t.regex(error.message, /Security driver "none" cannot create confined guests/);
});

test('a driver is chosen by its name', async t => {
  t.is(chooseSecurityDriver('none'), null);
  for (const name of ['bogus', '', 'toString']) {
    const error = await refused(() => chooseSecurityDriver(name));
    t.is(error.code, INTERNAL_ERROR);
    t.is(error.message, `internal error: Security driver ${name} not found`);
  }
  if (SELinux.ofHost() !== null) return;
  const error = await refused(() => chooseSecurityDriver('selinux'));
  t.is(error.code, CONFIG_UNSUPPORTED);
  t.is(error.message, 'unsupported configuration: Security driver selinux not enabled');
});

test('what the kernel says of a profile', t => {
  t.deepEqual(parseCurrent('libvirt-1 (enforce)\n'), { label: 'libvirt-1', enforcing: true });
  t.deepEqual(parseCurrent('a b (complain)\n'), { label: 'a b', enforcing: false });
  t.deepEqual(parseCurrent('unconfined\n'), { label: 'unconfined', enforcing: false });
});

test('no two domains have the same categories until one gives them back', t => {
  const pool = new CategoryPool('s0-s0:c3.c5');
  const levels = [pool.take(), pool.take(), pool.take()].map(String);
  t.deepEqual(
    levels.toSorted((a, b) => a.localeCompare(b)),
    ['s0:c3,c4', 's0:c3,c5', 's0:c4,c5'],
  );
  t.is(pool.take(), null);
  pool.giveBack('s0:c3,c5');
  t.is(pool.take(), 's0:c3,c5');
  t.false(pool.keep('s0:c3,c4'));
});

test('an image is of its domain as long as that runs', async t => {
  const directory = mkdtempSync('/var/tmp/lxvirtd-label-');
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'image');
  writeFileSync(path, '');
  await using file = await open(path);
  const label = async (): Promise<string | undefined> =>
    (await getAttribute(file.fd, 'security.selinux'))?.toString().replace('\0', '');
  if (!(await setAttribute(file.fd, 'security.selinux', Buffer.from('u:object_r:before_t:s0\0')))) {
    t.log('skipped: the file system has no labels');
    t.pass();
    return;
  }
  const driver = selinux();
  const disk = `<disk type='file' device='disk'><source file='${path}'/><target dev='sda'/></disk>`;
  const withDisk = startingDefinition(await parseDomain(xml({ uuid, devices: disk })));
  const given = driver.generate(withDisk, null);
  await driver.apply(withDisk, given);
  t.is(await label(), given.imagelabel ?? '');
  t.regex(given.imagelabel ?? '', /^system_u:object_r:svirt_lxc_file_t:s0:c\d+,c\d+$/);
  // As after a crash: what the label was before is not forgotten.
  await driver.apply(withDisk, given);
  await driver.withdraw(withDisk, given, true);
  t.is(await label(), 'u:object_r:before_t:s0');
  t.is(await getAttribute(file.fd, 'trusted.libvirt.security.selinux'), null);
});

test('a domain with a label that the host has not does not start, and none is told of one that has none', async t => {
  if (chooseSecurityDriver(null) !== null) {
    t.log('skipped: this host confines');
    t.pass();
    return;
  }
  const fixture = await started(t);
  t.deepEqual(fixture.driver.nodeGetSecurityModel(), { model: 'none', doi: '0' });
  const refusedOne = await defined(fixture, { name: 'refused', elements: dynamic });
  const error = await failure(() => fixture.start(refusedOne));
  t.is(error.code, CONFIG_UNSUPPORTED);
  t.regex(error.message, notThere);
  const plain = await fixture.start(await defined(fixture, { name: 'plain', elements: "<seclabel type='dynamic'/>" }));
  t.regex(fixture.driver.domainGetXmlDesc(plain, 0), /<seclabel type='none' model='none'\/>/);
  t.deepEqual(await fixture.driver.domainGetSecurityLabel(plain), { label: '', enforcing: false });
});
