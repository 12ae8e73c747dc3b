/** What clients see of a polkitd that hangs, dies and comes back. */
import test from 'ava';
import { openPolkitHost, type PolkitHost } from './harness/polkit.ts';

/** A user that every Debian has. */
const user = 'bin';

const RULES = `
polkit.addRule(function (action, subject) {
  if (subject.user == "${user}") return polkit.Result.YES;
});
`;

let polkit: PolkitHost;

test.before(async () => {
  polkit = await openPolkitHost(RULES);
});
test.after.always(() => polkit[Symbol.asyncDispose]());

/** Says what comes of a call each time that it is told to, over one connection. */
const CALLER = `
import libvirt, sys, time
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(sys.argv[1])
print('open')
for _ in sys.stdin:
    began = time.monotonic()
    try:
        said = 'listed %d' % len(connection.listAllNWFilters())
    except libvirt.libvirtError as error:
        said = 'error %d' % error.get_error_code()
    print(said, 'soon' if time.monotonic() - began < 25 else 'late', flush=True)
`;

test.serial(
  'calls are refused while polkitd hangs or is gone, and made when it is back, over the same connection',
  async t => {
    const { host } = polkit;
    using caller = polkit.terminal(user, '/usr/bin/python3', '-u', await host.file('caller.py', CALLER), host.uri);
    await caller.expect(/open/);
    const says = async (answer: RegExp): Promise<void> => {
      caller.type('\n');
      await caller.expect(answer);
    };
    await says(/listed [1-9]\d* soon/);

    await polkit.signalPolkit('STOP');
    // In the middle of a call: a list asks about each of its objects.
    await says(/error 88 soon/);
    const strangers = await Promise.all([1, 2].map(() => polkit.virsh('daemon', 'list')));
    for (const { stderr } of strangers) t.regex(stderr, /polkit does not answer on this host/);
    await polkit.signalPolkit('CONT');
    await says(/listed [1-9]\d* soon/);

    await polkit.signalPolkit('STOP');
    caller.type('\n');
    await polkit.signalPolkit('KILL');
    await caller.expect(/error 88 soon/);
    await says(/error 88 soon/);
    await polkit.startPolkit();
    await says(/listed [1-9]\d* soon/);
  },
);
