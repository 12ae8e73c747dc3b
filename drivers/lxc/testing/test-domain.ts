import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Cgroup } from '../../../native/cgroup/cgroup.ts';
import { createCgroup, removeCgroups } from '../../../native/cgroup/create.ts';
import { detectHierarchies } from '../../../native/cgroup/hierarchies.ts';
import { noAudit } from '../../contract/audit.ts';
import { DomainState } from '../../contract/constants.ts';
import type { DomainRef } from '../../contract/domain.ts';
import { EventChannel } from '../../contract/event-channel.ts';
import type { DomainEvent } from '../../contract/events.ts';
import { hostPaths } from '../../contract/paths.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { parseDomain } from '../../xml/domain/parse.ts';
import { DomainAudit } from '../audit/domain-audit.ts';
import type { LxcContext } from '../context.ts';
import type { LxcDomain } from '../domain.ts';
import { Machines } from '../machine/machines.ts';
import { HookScripts } from '../../hooks/hook-scripts.ts';
import { lxcHooks } from '../hooks/lxc-hooks.ts';
import { DomainJobs } from '../jobs/domain-jobs.ts';
import { DomainList, domainRef } from '../list/domain-list.ts';
import { newDomain } from '../operations/claim.ts';
import { hostCapabilities } from '../plan/capabilities.ts';
import { SystemCallFilters } from '../plan/system-call-filters.ts';
import { Images } from '../images/images.ts';
import { LentLinks } from '../network/lent-links.ts';
import { HostLinks } from '../process/host-links.ts';
import { Lxcfs } from '../proc/lxcfs.ts';
import { ProcessTable } from '../process/process-table.ts';
import { DomainSecurity } from '../security/domain-security.ts';
import { defaultSettings } from '../settings.ts';
import { DomainFiles } from '../store/domain-files.ts';
import { DomainStore } from '../store/domain-store.ts';

/** For tests: domains of a driver's list whose "container" is a process in a cgroup of its own, without a controller. */
export interface TestDomains {
  readonly context: LxcContext;
  readonly events: DomainEvent[];
  readonly files: DomainFiles;
  /** Three kinds of domains; `elements` stand between `<memory>` and `<os>`, `devices` in `<devices>`. */
  stored(elements?: string, devices?: string): Promise<TestDomain>;
  running(persistent: boolean, elements?: string, devices?: string): Promise<RunningTestDomain>;
}

export interface TestDomain {
  readonly ref: DomainRef;
  readonly domain: LxcDomain;
}

export interface RunningTestDomain extends TestDomain {
  readonly cgroup: Cgroup;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Everything that it makes goes with the test. */
export function testDomains(t: ExecutionContext): TestDomains {
  const paths = hostPaths(mkdtempSync(join(tmpdir(), 'lxvirtd-tuning-')));
  const hierarchies = detectHierarchies();
  t.teardown(() => rmSync(paths.root ?? '', { recursive: true }));
  t.teardown(() => removeCgroups(hierarchies, paths.cgroupParent));
  const domains = new DomainList();
  const files = new DomainFiles(paths);
  const context: LxcContext = {
    paths,
    log: silent,
    files,
    domains,
    store: new DomainStore(files, silent),
    processes: new ProcessTable(),
    volumes: null,
    networks: null,
    jobs: new DomainJobs(domains),
    events: new EventChannel<DomainEvent>(),
    hooks: new HookScripts(join(paths.etc, 'hooks'), lxcHooks),
    links: new HostLinks(null, new LentLinks(null)),
    images: new Images(files.images, silent),
    settings: defaultSettings,
    audit: new DomainAudit(noAudit),
    machines: new Machines(paths, hierarchies, silent),
    security: new DomainSecurity(null, defaultSettings),
    lxcfs: new Lxcfs(silent),
    host: { capabilities: hostCapabilities(), hierarchies, systemCalls: new SystemCallFilters() },
  };
  context.store.prepare();
  const events: DomainEvent[] = [];
  context.events.subscribe(event => events.push(event));

  const stored = async (persistent: boolean, elements = '', devices = ''): Promise<TestDomain> => {
    const domain = newDomain(await parseDomain(document(elements, devices)), persistent);
    domains.add(domain);
    return { ref: domainRef(domain), domain };
  };
  return {
    context,
    events,
    files,
    stored: (elements, devices) => stored(true, elements, devices),
    async running(persistent, elements, devices) {
      const { domain } = await stored(persistent, elements, devices);
      const cgroup = containerOf(t, context, domain.definition);
      const init = spawn('sleep', ['1000'], { stdio: 'ignore' });
      t.teardown(() => init.kill('SIGKILL'));
      const pid = init.pid ?? 0;
      domain.running = { controllerPid: pid, initPid: pid, cgroup, hostInterfaces: [] };
      domain.nextDefinition = persistent ? domain.definition : null;
      domain.state = DomainState.RUNNING;
      return { ref: domainRef(domain), domain, cgroup };
    },
  };
}

function containerOf(t: ExecutionContext, { paths, host }: LxcContext, definition: DomainDefinition): Cgroup {
  const { name, uuid } = definition;
  const cgroup = createCgroup(host.hierarchies, {
    parent: paths.cgroupParent,
    partition: null,
    uuid,
    name,
    owner: null,
  });
  cgroup.setMemoryLimit(definition.memory * 1024n);
  t.teardown(() => cgroup.remove());
  return cgroup;
}

let count = 0;

const document = (elements: string, devices: string): string => `<domain type='lxc'>
  <name>tuned-${process.pid}-${count++}</name>
  <memory unit='KiB'>65536</memory>
  ${elements}
  <os><type>exe</type><init>/bin/sh</init></os>
  <devices>
    <filesystem type='mount'><source dir='/nonexistent'/><target dir='/'/></filesystem>
    ${devices}
    <console type='pty'/>
  </devices>
</domain>`;
