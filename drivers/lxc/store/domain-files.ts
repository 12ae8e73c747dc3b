import { join } from 'node:path';
import { pidNameOf, type Paths } from '../../contract/paths.ts';
import { fileName } from '../../files/file-name.ts';

/** Where a domain's files lie; libvirt's own places and names. */
export class DomainFiles {
  /** /etc/libvirt/lxc: definitions. */
  readonly configs: string;
  /** Links to the definitions of domains that start with the host. */
  readonly autostart: string;
  /** /run/libvirt/lxc: what there is of running domains. */
  readonly runtime: string;
  /** /run/libvirt/lxc/images: which images are attached to devices. */
  readonly images: string;
  /** /var/log/libvirt/lxc */
  readonly logs: string;
  /** Made when the domains marked for autostart have been started: once per boot, since /run is new then. */
  readonly autostarted: string;

  constructor(paths: Paths) {
    this.configs = join(paths.etc, 'lxc');
    this.autostart = join(this.configs, 'autostart');
    this.runtime = join(paths.run, 'lxc');
    this.images = join(this.runtime, 'images');
    this.logs = join(paths.log, 'lxc');
    this.autostarted = join(this.runtime, 'autostarted');
  }

  config(name: string): string {
    return join(this.configs, fileName(name, 'xml'));
  }

  status(name: string): string {
    return join(this.runtime, fileName(name, 'xml'));
  }

  pid(name: string): string {
    return join(this.runtime, fileName(pidNameOf(name), 'pid'));
  }

  outcome(name: string): string {
    return join(this.runtime, fileName(name, 'outcome'));
  }

  log(name: string): string {
    return join(this.logs, fileName(name, 'log'));
  }

  socket(name: string): string {
    return join(this.runtime, fileName(name, 'sock'));
  }
}
