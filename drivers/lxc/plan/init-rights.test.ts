import test from 'ava';
import { deniedSyscalls, seccompFilter } from '../../../native/plan/seccomp.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { xml } from '../testing/containers.ts';
import { initRights } from './init-rights.ts';
import { SystemCallFilters } from './system-call-filters.ts';

const everything = (1n << 41n) - 1n;
const allowed = "<features><capabilities policy='allow'/></features>";
const idmap = "<idmap><uid start='0' target='100000' count='9'/><gid start='0' target='100000' count='9'/></idmap>";

async function filterOf(elements: string): Promise<string> {
  const definition = await parseDomain(xml({ elements }));
  const host = { capabilities: everything, systemCalls: new SystemCallFilters() };
  return Buffer.from(initRights(definition, host, null).seccomp).toString('hex');
}

const filter = (capabilities: bigint): string =>
  Buffer.from(seccompFilter(deniedSyscalls(capabilities))).toString('hex');

test('a container that is denied nothing may load programs into the kernel, unless its root is none of the host', async t => {
  t.false(deniedSyscalls(everything).includes('bpf'));
  t.true(deniedSyscalls(0n).includes('bpf'));
  t.is(await filterOf(allowed), filter(everything));
  t.is(await filterOf(`${allowed}${idmap}`), filter(0n));
  t.is(await filterOf(''), filter(0n));
});
