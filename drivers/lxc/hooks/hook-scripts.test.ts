import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DomainState as State, ErrorCode as Code } from '../../contract/constants.ts';
import { defined, failure, running, started, state, tree } from '../testing/containers.ts';
import { until } from '../testing/driver-fixture.ts';
import { hookCalls, withHook } from '../testing/hook.ts';

test.after.always(() => tree.remove());

const { SHUTOFF } = State;

test('the hook script is told of every step', async t => {
  const fixture = await started(t, withHook);
  const ref = await running(fixture);
  await fixture.restart();
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.deepEqual(hookCalls(fixture), [
    'c prepare begin -',
    'c start begin -',
    'c started begin -',
    'c reconnect begin -',
    'c stopped end -',
    'c release end -',
  ]);
  t.true(
    readFileSync(join(fixture.paths.etc, 'hooks/calls'), 'utf8').includes(
      `c started begin - <domain type='lxc' id='${ref.id}'>`,
    ),
  );
});

for (const phase of ['prepare', 'start', 'started'])
  test(`a hook script that fails in "${phase}" keeps the container from starting`, async t => {
    const fixture = await started(t, withHook);
    writeFileSync(join(fixture.paths.etc, 'hooks/refuse'), phase);
    const ref = await defined(fixture);
    const error = await failure(() => fixture.start(ref));
    t.is(error.code, Code.HOOK_SCRIPT_FAILED);
    t.regex(
      error.message,
      new RegExp(
        `^Hook script execution failed: internal error: Child process \\(LC_ALL=C PATH=.*/hooks/lxc c ${phase} begin -\\) unexpected exit status 3: refused ${phase}\n$`,
      ),
    );
    t.deepEqual(hookCalls(fixture).slice(-3), [`c ${phase} begin -`, 'c stopped end -', 'c release end -']);
    t.deepEqual(state(fixture, ref), [SHUTOFF, 6]);
    t.deepEqual(readdirSync(fixture.file('run')), []);
    t.deepEqual(fixture.takeEvents('c'), []);
  });

test('a domain can be destroyed while a hook script keeps its start waiting', async t => {
  const fixture = await started(t, ({ etc }) => {
    mkdirSync(join(etc, 'hooks'), { recursive: true });
    writeFileSync(join(etc, 'hooks/lxc'), '#!/bin/sh\n[ "$2" = start ] && exec sleep 1000\nexit 0\n');
    chmodSync(join(etc, 'hooks/lxc'), 0o755);
  });
  const ref = await defined(fixture);
  const start = failure(() => fixture.start(ref));
  await until('the start waits for the script', () => existsSync(fixture.file('log', `${ref.name}.log`)));
  await fixture.driver.domainDestroyFlags(ref, 0);
  t.is((await start).code, Code.OPERATION_FAILED);
  t.deepEqual(fixture.takeEvents('c'), []);
});
