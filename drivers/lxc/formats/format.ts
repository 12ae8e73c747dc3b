import type { DomainDefinition } from '../../xml/domain/definition.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** A domain's document made from another system's configuration, not yet checked or completed. */
export interface Translation {
  readonly document: XmlElement;
  /** What was there and has no equivalent, one line each: it is told, never dropped in silence. */
  readonly unmatched: readonly string[];
}

/**
 * A configuration of another system, by virConnectDomainXMLFromNative's name for it. `read` throws LibvirtError:
 * internalError for values that mean nothing, argumentUnsupported for what cannot be read from one text.
 */
export interface NativeFormat {
  readonly read: (config: string) => Translation | Promise<Translation>;
  /** The way back, where there is one. */
  readonly write?: (definition: DomainDefinition) => string;
}
