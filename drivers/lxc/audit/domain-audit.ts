import { statSync } from 'node:fs';
import type { AuditTrail } from '../../contract/audit.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';
import { field } from './field.ts';
import { resourcesChanged, resourcesOf, type AuditResource } from './resources.ts';

interface Pids {
  readonly controllerPid: number;
  readonly initPid: number;
}

type Named = Pick<DomainDefinition, 'name' | 'uuid'>;

const whose = ({ name, uuid }: Named): string => `${field('vm', name)} uuid=${uuid}`;

/** What the host's audit is told of domains, in libvirt's words: tools look for them (ausearch, auvirt). */
export class DomainAudit {
  readonly #trail: AuditTrail;

  constructor(trail: AuditTrail) {
    this.#trail = trail;
  }

  /** A domain runs, with what its definition names. */
  started(definition: DomainDefinition, pids: Pids): void {
    this.#given(definition);
    this.#trail.record('control', this.#start(definition, pids.controllerPid), true);
    const { controllerPid, initPid } = pids;
    const fields = `virt=lxc op=init ${whose(definition)} vm-pid=${controllerPid} init-pid=${initPid}`;
    this.#trail.record('control', `${fields} pid-ns=${pidNamespace(initPid)}`, true);
  }

  /** It was to run, and does not. */
  notStarted(definition: DomainDefinition): void {
    this.#given(definition);
    this.#trail.record('control', this.#start(definition, 0), false);
  }

  stopped(definition: DomainDefinition, reason: string): void {
    this.#trail.record('control', `virt=lxc op=stop reason=${reason} ${whose(definition)} vm-pid=0`, true);
  }

  /** Devices of a running domain: `after` is what it was to have, also where that failed. */
  changed(
    before: DomainDefinition,
    after: DomainDefinition,
    reason: 'attach' | 'detach' | 'update',
    success: boolean,
  ): void {
    for (const resource of resourcesChanged(before, after)) this.#resource(after, reason, resource, success);
  }

  #given(definition: DomainDefinition): void {
    for (const { model, label, imagelabel } of definition.seclabels) {
      const contexts = `vm-ctx=${word(label)} img-ctx=${word(imagelabel)} model=${word(model)}`;
      this.#trail.record('machine-id', `virt=lxc ${whose(definition)} ${contexts}`, true);
    }
    for (const resource of resourcesOf(definition)) this.#resource(definition, 'start', resource, true);
  }

  #start(definition: DomainDefinition, pid: number): string {
    return `virt=lxc op=start reason=booted ${whose(definition)} vm-pid=${pid}`;
  }

  #resource(definition: Named, reason: string, { kind, fields }: AuditResource, success: boolean): void {
    this.#trail.record('resource', `virt=lxc resrc=${kind} reason=${reason} ${whose(definition)} ${fields}`, success);
  }
}

/** A value that is written without quotes: a label has no spaces, and one that has must not be taken for more fields. */
const word = (value: string | null): string => (value ?? '?').replace(/[^\x21-\x7e]|"/g, '_');

/** The number of the process's namespace; 0 when it has gone, or the kernel does not let us look. */
function pidNamespace(pid: number): number {
  try {
    return statSync(`/proc/${pid}/ns/pid`).ino;
  } catch {
    return 0;
  }
}
