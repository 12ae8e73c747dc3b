import { execFileSync } from 'node:child_process';
import test from 'ava';
import { ToolError } from '../tools/run-tool.ts';
import { nft } from './nft.ts';

// nothing is changed here: this is the firewall of whoever runs the tests
test('the kernel is asked whether it would take rules, and says what it would not', async t => {
  t.is(await nft('check', 'add table inet lxvirtd-test\nadd chain inet lxvirtd-test one\n'), '');
  const refused = await t.throwsAsync(nft('check', 'add rule inet lxvirtd-none one accept\n'), {
    instanceOf: ToolError,
  });
  t.regex(refused?.message ?? '', /^nft: (\S+ )?Error: Could not process rule: No such file or directory\n/);
  const wrong = await t.throwsAsync(nft('check', 'add table inet }\n'), { instanceOf: ToolError });
  t.regex(wrong?.message ?? '', /syntax error/);
});

test('what is listed is JSON, of those who ask at once too', async t => {
  const lists = await Promise.all(['inet', 'bridge', 'netdev'].map(family => nft('list', `list chains ${family}\n`)));
  for (const list of lists) t.regex(list, /^\{"nftables": \[/);
});

test('the connection to the firewall is not inherited', async t => {
  await nft('check', 'add table inet lxvirtd-test\n');
  const script = 'for fd in /proc/$$/fd/*; do readlink $fd; done; cut -c 1-1000 /proc/net/netlink';
  const told = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  const inherited = [...told.matchAll(/^socket:\[(\d+)\]$/gm)].map(([, inode]) => inode);
  const netlink = [...told.matchAll(/(\d+) *$/gm)].map(([, inode]) => inode);
  t.deepEqual(
    inherited.filter(inode => netlink.includes(inode)),
    [],
  );
});
