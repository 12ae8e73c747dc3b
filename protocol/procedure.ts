import type { Infer, Schema } from './xdr/index.ts';

/**
 * One permission of access control, `object:permission`. A rule with a condition counts only in a call whose arguments
 * meet it: the flags given with `ifFlags` have a bit in common with `args.flags`, those of `unlessFlags` have none, or
 * `args.source` is `ifSource`.
 */
export type AclRule =
  | string
  | { readonly permission: string; readonly ifFlags: number }
  | { readonly permission: string; readonly unlessFlags: number }
  | { readonly permission: string; readonly ifSource: number };

/**
 * What a read-only connection may call: true is always, absent or false is never. `deniedFlags` are the bits of
 * `args.flags` that ask for more than reading, `deniedSource` is the one value of `args.source` that does.
 */
export type ReadOnlyPolicy = boolean | { readonly deniedFlags: number } | { readonly deniedSource: number };

/** What a client may call. */
export interface CallProcedure {
  readonly number: number;
  /** Absent: the call has no arguments. */
  readonly args?: Schema<unknown>;
  /** Absent: the reply is empty. */
  readonly ret?: Schema<unknown>;
  /** High: is answered fast, and never waits for a domain; it may overtake calls that do. */
  readonly priority?: 'high';
  /** The data stream that the call opens. `read` flows to the client (a console then flows both ways), `write` from it. */
  readonly stream?: 'read' | 'write';
  /** Which of call and reply carry descriptors. */
  readonly fds?: 'call' | 'reply' | 'both';
  /** Every one is needed. Empty: no permission is. */
  readonly acl: readonly AclRule[];
  /** Of the objects in the reply, those without this permission are left out. */
  readonly aclFilter?: string;
  readonly readOnly?: ReadOnlyPolicy;
  /** May be called before the client has authenticated. */
  readonly beforeAuth?: true;
}

/** What only the server sends, unasked. */
export interface EventProcedure {
  readonly number: number;
  readonly message: Schema<unknown>;
}

export type Procedure = CallProcedure | EventProcedure;
export type ProcedureTable = Readonly<Record<string, Procedure>>;

/** One program of the protocol: a number, a version and what can be called in it. */
export interface Program<Table extends ProcedureTable = ProcedureTable> {
  readonly name: string;
  readonly number: number;
  readonly version: number;
  readonly procedures: Table;
}

type Payload<S> = S extends Schema<unknown> ? Infer<S> : undefined;

/** The arguments of a call: undefined when it has none. */
export type Args<P> = P extends { readonly args: infer S } ? Payload<S> : undefined;
/** The result of a call: undefined when it has none. */
export type Ret<P> = P extends { readonly ret: infer S } ? Payload<S> : undefined;
/** What the event `Name` of a table carries. */
export type EventMessage<Table, Name extends EventName<Table>> = Table[Name] extends { readonly message: infer S }
  ? Payload<S>
  : never;

/** The names of a table that a client may call. */
export type CallName<Table> = {
  [Name in keyof Table]: Table[Name] extends CallProcedure ? Name : never;
}[keyof Table] &
  string;
/** The names of a table that the server sends. */
export type EventName<Table> = Exclude<keyof Table & string, CallName<Table>>;

type Result<T> = T extends undefined ? void : T;

/** What implements a table: a function for each procedure that is served, with the types that the table says. */
export type Handlers<Table extends ProcedureTable, Context> = {
  readonly [Name in CallName<Table>]?: (
    call: Context,
    args: Args<Table[Name]>,
  ) => Result<Ret<Table[Name]>> | Promise<Result<Ret<Table[Name]>>>;
};

/** A row of a table with the name it stands under. */
export interface NamedProcedure {
  readonly name: string;
  readonly procedure: Procedure;
}

export const isEvent = (procedure: Procedure): procedure is EventProcedure => 'message' in procedure;

const indexes = new WeakMap<Program, ReadonlyMap<number, NamedProcedure>>();

const indexOf = (program: Program): ReadonlyMap<number, NamedProcedure> => {
  const known = indexes.get(program);
  if (known !== undefined) return known;
  const rows = Object.entries(program.procedures);
  const index = new Map(rows.map(([name, procedure]) => [procedure.number, { name, procedure }]));
  indexes.set(program, index);
  return index;
};

/** The row with that number, or undefined when the program has none. */
export const procedureByNumber = (program: Program, number: number): NamedProcedure | undefined =>
  indexOf(program).get(number);

/** Whether a read-only connection may make this call. */
export const readOnlyAllows = (policy: ReadOnlyPolicy | undefined, args: unknown): boolean => {
  if (policy === undefined || typeof policy === 'boolean') return policy === true;
  if ('deniedFlags' in policy) return (numberIn(args, 'flags') & policy.deniedFlags) === 0;
  return numberIn(args, 'source') !== policy.deniedSource;
};

/** The permission that `rule` asks for in a call with these arguments, or null when its condition is not met. */
export const permissionFor = (rule: AclRule, args: unknown): string | null => {
  if (typeof rule === 'string') return rule;
  if ('ifFlags' in rule) return (numberIn(args, 'flags') & rule.ifFlags) === 0 ? null : rule.permission;
  if ('unlessFlags' in rule) return (numberIn(args, 'flags') & rule.unlessFlags) === 0 ? rule.permission : null;
  return numberIn(args, 'source') === rule.ifSource ? rule.permission : null;
};

/** Throws when the argument is missing: a policy must not be answered by default. */
const numberIn = (args: unknown, name: 'flags' | 'source'): number => {
  const value = typeof args === 'object' && args !== null ? Reflect.get(args, name) : undefined;
  if (typeof value !== 'number') throw new TypeError(`a policy looks at '${name}', which the call does not have`);
  return value;
};
