import {
  isEvent,
  type CallProcedure,
  type Handlers,
  type ProcedureTable,
  type Program,
} from '../../protocol/procedure.ts';
import type { MessageWriter } from '../../protocol/message-writer.ts';
import type { Call, OutgoingEvent } from '../call.ts';

type Handler = (call: Call, args: unknown) => unknown;

/** A procedure that clients may call, with what answers it. */
export interface Route {
  readonly program: Program;
  readonly name: string;
  readonly procedure: CallProcedure;
  /** Null: no driver has it. */
  readonly handler: Handler | null;
}

/** A program that a server offers. */
export interface ServedProgram {
  readonly program: Program;
  readonly routes: ReadonlyMap<number, Route>;
}

/** Pairs a table with its handlers. */
export function serve<Table extends ProcedureTable>(
  program: Program<Table>,
  handlers: Handlers<Table, Call>,
): ServedProgram {
  const routes = new Map<number, Route>();
  for (const [name, procedure] of Object.entries(program.procedures)) {
    if (isEvent(procedure)) continue;
    const handler: unknown = Reflect.get(handlers, name);
    routes.set(procedure.number, { program, name, procedure, handler: isHandler(handler) ? handler : null });
  }
  return { program, routes };
}

/** `Handlers` has bound its arguments to the schema that the dispatcher decodes them with. */
const isHandler = (value: unknown): value is Handler => typeof value === 'function';

/** Writes an event of one of the programs; returns its size in bytes. Throws when no program has it. */
export function composeEvent(programs: readonly ServedProgram[], event: OutgoingEvent, writer: MessageWriter): number {
  const served = programs.find(({ program }) => program.name === event.program);
  const procedure = served?.program.procedures[event.procedure];
  if (served === undefined || procedure === undefined)
    throw new TypeError(`No program has the event ${event.program} ${event.procedure}`);
  const before = writer.length;
  writer.event(served.program, procedure, event.message);
  return writer.length - before;
}
