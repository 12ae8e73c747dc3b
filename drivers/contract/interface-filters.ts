/** What a domain asks of the network filters for one of its interfaces. */
export interface FilteredInterface {
  /** The host's end, by the name that it has or will have. */
  readonly portDev: string;
  /** Whether its frames go through a bridge; else the link must be there. */
  readonly onBridge: boolean;
  /** The link has just been made, and is down: what an earlier one of its name has learned is not its own. */
  readonly isNew: boolean;
  readonly owner: { readonly name: string; readonly uuid: string };
  readonly mac: string;
  readonly filter: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  /** The addresses that the interface is given: they need not be learned where the parameters name none. */
  readonly addresses: readonly string[];
}

/** A filter that is at work. */
export interface BoundFilter {
  /**
   * The link is gone, or is not to be filtered any more. Nothing happens when the link has been bound anew meanwhile: it
   * may be another by then.
   */
  release(): Promise<void>;
}

/**
 * Filters of domains' interfaces. A domain asks before its interface is up, so that it never sends or receives
 * unfiltered, and does without the interface when it is refused.
 */
export interface InterfaceFilters {
  /**
   * The link is filtered like this when it resolves, whatever was bound to it before; what it had stays in force when it
   * throws. Throws noNwfilter for a filter that is not there, internalError for values that are missing,
   * configUnsupported for what this host cannot do.
   */
  bind(wanted: FilteredInterface): Promise<BoundFilter>;
}
