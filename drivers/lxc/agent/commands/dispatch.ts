import { errors } from '../../../contract/error.ts';
import { AgentCommandFailed, commandError } from '../session/agent-failure.ts';
import type { AgentSession } from '../session/agent-session.ts';
import { Arguments } from './arguments.ts';
import type { Action } from './command.ts';
import { formatJson } from './json.ts';
import { commands } from './table.ts';

/** A document of the agent's protocol, understood. */
export interface Request {
  readonly name: string;
  /** The answer's text. */
  run(session: AgentSession): Promise<string>;
}

const members: ReadonlySet<string> = new Set(['execute', 'arguments', 'id']);

/** Reads a command. Throws internalError for what is no document of the protocol, and for what the agent does not know. */
export function parseRequest(text: string): Request {
  const document = parseDocument(text);
  const { execute: name, id } = document;
  if (typeof name !== 'string') throw errors.internalError("QMP input lacks member 'execute'");
  try {
    const action = actionOf(name, document);
    const answersTo = typeof id === 'string' || typeof id === 'number' ? { id } : {};
    return {
      name,
      run: async session => fitting(formatJson({ return: await action(session), ...answersTo })),
    };
  } catch (error) {
    throw commandError(name, error);
  }
}

/** A text of libvirt's protocol holds 4 MiB. */
const ANSWER_MAX = 1 << 22;

function fitting(answer: string): string {
  if (Buffer.byteLength(answer) > ANSWER_MAX) throw new AgentCommandFailed('the answer is too long');
  return answer;
}

function actionOf(name: string, document: Readonly<Record<string, unknown>>): Action {
  const other = Object.keys(document).find(member => !members.has(member));
  if (other !== undefined) throw new AgentCommandFailed(`QMP input member '${other}' is unexpected`);
  const command = commands.get(name);
  if (command === undefined) throw new AgentCommandFailed(`The command ${name} has not been found`);
  const args = new Arguments(document['arguments'] ?? {});
  const action = command(args);
  args.requireNoOthers();
  return action;
}

function parseDocument(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw errors.internalError('cannot parse the agent command: it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw errors.internalError('the agent command is no JSON object');
  return { ...value };
}
