import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { DomainModificationImpact as Impact, ErrorCode as Code } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { Console, failure, running, started, tree } from '../testing/containers.ts';
import { type DriverFixture, until } from '../testing/driver-fixture.ts';
import type { DomainXml } from '../testing/domain-xml.ts';

const { LIVE, CONFIG } = Impact;

const directory = mkdtempSync(join(tmpdir(), 'lxvirtd-devices-'));
const at = (name: string): string => join(directory, name);
writeFileSync(at('image'), 'contents of the image\n');
truncateSync(at('image'), 1 << 20);
writeFileSync(at('other'), 'another medium\n');
truncateSync(at('other'), 1 << 20);
mkdirSync(at('shared'));
writeFileSync(at('shared/hello'), 'from the host\n');
execFileSync('mkfs.ext4', ['-q', '-d', at('shared'), at('filesystem'), '8M'], { stdio: 'pipe' });
test.after.always(() => {
  rmSync(directory, { recursive: true });
  tree.remove();
});

/** A container with a shell at its console. */
class Shell {
  readonly ref: DomainRef;
  readonly #console: Console;
  #count = 0;

  private constructor(ref: DomainRef, console: Console) {
    this.ref = ref;
    this.#console = console;
  }

  static async in(fixture: DriverFixture, options: Partial<DomainXml> = {}): Promise<Shell> {
    const ref = await running(fixture, { script: 'stty -echo; echo SHELL; exec sh', ...options }, 'SHELL');
    return new Shell(ref, new Console(await fixture.driver.domainOpenConsole(ref, null, 0)));
  }

  /** What a command says, both streams. */
  async say(command: string): Promise<string> {
    const mark = `END-${++this.#count}`;
    const from = this.#console.text.length;
    this.#console.write(`PS1=; { ${command}; } 2>&1; echo "${mark.slice(0, 3)}"-${this.#count}\n`);
    await until(mark, () => this.#console.text.slice(from).includes(mark));
    const text = this.#console.text.slice(from).replaceAll('\r', '');
    return text.slice(0, text.indexOf(mark)).replace(/^([#$] )+/gm, '').trim();
  }
}

const fileDisk = (target: string, file: string, more = ''): string =>
  `<disk type='file'><source file='${file}'/><target dev='${target}'/>${more}</disk>`;

const loopsOf = (file: string): string[] =>
  readdirSync('/sys/block')
    .filter(name => name.startsWith('loop'))
    .filter(name => {
      try {
        return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim() === file;
      } catch {
        return false;
      }
    });

const plainEvents = ({ events }: DriverFixture): string[] =>
  events.flatMap(event => ('alias' in event ? [`${event.kind} ${event.alias}`] : []));

test('a disk comes and goes, and its device with it', async t => {
  const fixture = await started(t);
  const { driver } = fixture;
  const shell = await Shell.in(fixture);
  const disk = fileDisk('vdb', at('image'));
  await driver.domainAttachDeviceFlags(shell.ref, disk, LIVE);
  t.is(await shell.say('head -n 1 /dev/vdb'), 'contents of the image');
  t.regex(driver.domainGetXmlDesc(shell.ref, 0), /<alias name='virtio-disk1'\/>/);
  t.notRegex(driver.domainGetXmlDesc(shell.ref, 2), /vdb/);
  t.is(loopsOf(at('image')).length, 1);
  t.true((await driver.domainBlockStats(shell.ref, 'vdb')).readBytes > 0n);
  await driver.domainDetachDeviceFlags(shell.ref, disk, LIVE);
  t.is(await shell.say('ls /dev/vdb'), 'ls: /dev/vdb: No such file or directory');
  await until('its loop device is gone', () => loopsOf(at('image')).length === 0);
  t.deepEqual(plainEvents(fixture), ['deviceAdded virtio-disk1', 'deviceRemoved virtio-disk1']);
});
