import type { DriverLife } from './driver-life.ts';

/** How clients name a filter. */
export interface NwfilterRef {
  readonly name: string;
  /** Lower case, with hyphens. */
  readonly uuid: string;
}

/** How clients name a binding: by the link that it filters. */
export interface NwfilterBindingRef {
  readonly portdev: string;
  readonly filtername: string;
}

/**
 * What a driver of network filters must do. Filters are documents; a binding applies one to a link of the host and lasts
 * until it is deleted, over restarts of the daemon. Unless said otherwise, a call about a filter or binding that is not
 * there throws noNwfilter or noNwfilterBinding.
 */
export interface NwfilterDriver extends DriverLife {
  connectNumOfNwfilters(): Promise<number>;
  connectListNwfilters(): Promise<string[]>;
  connectListAllNwfilters(flags: number): Promise<NwfilterRef[]>;
  nwfilterLookupByName(name: string): Promise<NwfilterRef>;
  nwfilterLookupByUuid(uuid: string): Promise<NwfilterRef>;
  nwfilterGetXmlDesc(uuid: string, flags: number): Promise<string>;
  /**
   * Defines a filter, or another content for one. All links that it applies to have the new rules when it resolves; when
   * one of them cannot have them it throws, and everything is as before. operationFailed for a name or UUID that is
   * another's, and for a filter that includes itself.
   */
  nwfilterDefineXml(xml: string, flags: number): Promise<NwfilterRef>;
  /** Throws operationInvalid for one that a binding uses, by whatever way. */
  nwfilterUndefine(uuid: string): Promise<void>;

  connectListAllNwfilterBindings(flags: number): Promise<NwfilterBindingRef[]>;
  nwfilterBindingLookupByPortDev(portDev: string): Promise<NwfilterBindingRef>;
  nwfilterBindingGetXmlDesc(portDev: string, flags: number): Promise<string>;
  /**
   * The link is filtered when it resolves; it need not be there yet when it is to be a bridge's port. Throws
   * operationFailed for one that has a binding, internalError for a filter that is missing or lacks values.
   */
  nwfilterBindingCreateXml(xml: string, flags: number): Promise<NwfilterBindingRef>;
  /** The link is not filtered any more when it resolves. */
  nwfilterBindingDelete(portDev: string): Promise<void>;
}
