import type { DomainRef, TypedParameter } from './domain.ts';

/** What happened to a domain. `domain` is its name, UUID and id at that moment (the id is -1 once it has stopped). */
export type DomainEvent =
  | { readonly kind: 'lifecycle'; readonly domain: DomainRef; readonly event: number; readonly detail: number }
  | { readonly kind: 'reboot'; readonly domain: DomainRef }
  | {
      readonly kind: 'metadataChange';
      readonly domain: DomainRef;
      readonly type: number;
      readonly nsuri: string | null;
    }
  /** Limits that were changed while it runs, by the names that libvirt has for them in this event ("cputune.cpu_shares"). */
  | { readonly kind: 'tunable'; readonly domain: DomainRef; readonly params: readonly TypedParameter[] }
  | { readonly kind: 'balloonChange'; readonly domain: DomainRef; readonly actual: bigint }
  | { readonly kind: 'deviceAdded'; readonly domain: DomainRef; readonly alias: string }
  | { readonly kind: 'deviceRemoved'; readonly domain: DomainRef; readonly alias: string }
  | { readonly kind: 'deviceRemovalFailed'; readonly domain: DomainRef; readonly alias: string };

/** Listeners are called synchronously, in the order of the events; a listener must not throw. */
export interface EventSource<E> {
  /** Returns what ends the subscription. */
  subscribe(listener: (event: E) => void): () => void;
}
