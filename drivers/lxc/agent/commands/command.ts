import type { AgentSession } from '../session/agent-session.ts';
import type { Arguments } from './arguments.ts';
import type { Json } from './json.ts';

/** What an agent command does, once its arguments have been looked at. */
export type Action = (session: AgentSession) => Promise<Json> | Json;

/** One command of the agent's protocol: takes its arguments, or throws AgentCommandFailed for what is wrong with them. */
export type Command = (args: Arguments) => Action;

export type CommandTable = Readonly<Record<string, Command>>;

/** What commands answer that have nothing to say. */
export const DONE: Json = {};
