/** What a rule does with what it matches. `return` leaves the chain, `continue` goes on with the next rule. */
export const ruleActions = ['drop', 'accept', 'reject', 'return', 'continue'] as const;
export type RuleAction = (typeof ruleActions)[number];

/** Seen from the guest: `out` is what it sends. */
export const ruleDirections = ['in', 'out', 'inout'] as const;
export type RuleDirection = (typeof ruleDirections)[number];

/** `$NAME`, `$NAME[@1]` (every element of a list, in step with other lists of that iterator), `$NAME[3]` (one element). */
export interface Variable {
  readonly name: string;
  readonly access: { readonly kind: 'iterator'; readonly id: number } | { readonly kind: 'index'; readonly at: number };
}

/** An attribute of a protocol element: a value in the form in which it is written, or what stands for one. */
export interface MatchValue {
  readonly text: string;
  readonly variable: Variable | null;
  /** Written in an element with match='no'. */
  readonly negated: boolean;
}

/** What packets a rule is about; without values every packet of the protocol. */
export interface RuleMatch {
  /** The element's name: "mac", "tcp-ipv6", …. */
  readonly protocol: string;
  /** By the attributes' names, in the order in which they are written. */
  readonly values: ReadonlyMap<string, MatchValue>;
}

export interface FilterRule {
  readonly kind: 'rule';
  readonly action: RuleAction;
  readonly direction: RuleDirection;
  /** -1000 to 1000; lower ones are looked at first. */
  readonly priority: number;
  /** Whether an accepted connection's replies are accepted, too. */
  readonly stateMatch: boolean;
  /** Null matches everything. */
  readonly match: RuleMatch | null;
}

/** Variables' values; a name that comes more than once is a list. */
export interface FilterParameter {
  readonly name: string;
  readonly value: string;
}

export interface FilterReference {
  readonly filter: string;
  readonly parameters: readonly FilterParameter[];
}

export interface FilterInclude extends FilterReference {
  readonly kind: 'include';
}

/** A network filter's document. */
export interface FilterDefinition {
  readonly name: string;
  readonly uuid: string;
  /** "root", or a name that begins with one of the protocols that have chains. */
  readonly chain: string;
  readonly priority: number;
  /** In the order of the document. */
  readonly entries: readonly (FilterRule | FilterInclude)[];
}

/** The document that binds a filter to a link of the host. */
export interface BindingDefinition {
  readonly ownerName: string;
  readonly ownerUuid: string;
  /** The link that the guest's packets come in by. */
  readonly portDev: string;
  readonly linkDev: string | null;
  readonly mac: string;
  readonly filterref: FilterReference;
}
