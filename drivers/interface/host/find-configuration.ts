import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findTool } from '../../../native/tools/find-tool.ts';
import type { Paths } from '../../contract/paths.ts';
import type { HostConfiguration } from './host-configuration.ts';
import { Ifupdown } from './ifupdown.ts';
import { Networkd } from './networkd.ts';

/**
 * What configures this host's network, null when it is nothing that we know. systemd-networkd counts while it runs,
 * ifupdown when it is installed. Below a root the directories must have been made there.
 */
export function findHostConfiguration(paths: Paths): HostConfiguration | null {
  const etc = dirname(paths.etc);
  const state = join(paths.runBase, 'systemd/netif');
  if (existsSync(state) && findTool('networkctl') !== null)
    return new Networkd({ directory: join(etc, 'systemd/network'), state });
  if (existsSync(join(etc, 'network')) && findTool('ifup') !== null)
    return new Ifupdown({
      etc: join(etc, 'network'),
      state: paths.root === null ? null : join(paths.runBase, 'network'),
    });
  return null;
}
