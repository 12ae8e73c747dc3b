import type { DomainState } from '../../contract/constants.ts';
import type { DomainDefinition } from '../../xml/domain/definition.ts';

/** What a running domain's file below /run says. */
export interface DomainStatus {
  readonly definition: DomainDefinition;
  readonly state: DomainState;
  readonly reason: number;
  readonly controllerPid: number;
  readonly initPid: number;
}

export interface FormatOptions {
  /** The running domain's id. */
  readonly id?: number;
  /** Without what only a running domain has. */
  readonly inactive?: boolean;
  readonly secure?: boolean;
}

/** Domain documents in and out; the parts of drivers/xml that this driver uses. */
export interface DomainDocuments {
  /** Throws xmlDetail, xmlError, … as libvirt words them. */
  parse(xml: string, options: { readonly validate: boolean }): Promise<DomainDefinition>;
  format(definition: DomainDefinition, options: FormatOptions): string;
  parseStatus(xml: string): Promise<DomainStatus>;
  formatStatus(status: DomainStatus): string;
}
