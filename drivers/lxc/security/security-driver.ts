import type { SecurityLabel } from '../../contract/domain.ts';
import type { SecurityModel } from '../../contract/node.ts';
import type { Init, MountOption } from '../../../native/plan/plan.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/** What one running domain is confined by. */
export interface DomainLabel {
  /** Of its processes. */
  readonly label: string;
  /** Of what they may change; null leaves the host's files as they are. */
  readonly imagelabel: string | null;
}

/** A kernel's means of confining a container by a label: one per host. */
export interface SecurityDriver {
  readonly model: SecurityModel;
  /** Throws xmlError for a label of a definition that the host does not know. */
  verify(label: string): void;
  /** A label that no other domain has. `baselabel` is what it is made of, or null. */
  generate(definition: DomainDefinition, baselabel: string | null): DomainLabel;
  /** What the images of a domain with a label from its definition are labelled with. */
  imageLabel(label: string): string;
  /** Makes a label's part of the host ready, before there is a container. Throws LibvirtError. */
  apply(definition: DomainDefinition, label: DomainLabel, dynamic: boolean): Promise<void>;
  /** Takes all of it back; also called for what is not there any more. */
  withdraw(definition: DomainDefinition, label: DomainLabel, dynamic: boolean): Promise<void>;
  /** A label that an earlier daemon gave is in use. */
  keep(label: DomainLabel): void;
  /** How the container's program gets it. */
  initLabel(label: string): Init['label'];
  /** What a filesystem made for the container is mounted with. */
  mountOptions(label: DomainLabel): MountOption[];
  /** What the kernel says of a process. */
  labelOf(pid: number): SecurityLabel;
}
