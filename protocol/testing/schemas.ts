import { remoteError } from '../error.ts';
import { programs } from '../programs/index.ts';
import type { Schema } from '../xdr/index.ts';
import { streamHole } from '../stream-packet.ts';

type Named = readonly [name: string, schema: Schema<unknown>];

/** Every schema that is the payload of a message, by a name to find it with. */
export const payloadSchemas: readonly Named[] = [
  ['error', remoteError],
  ['stream hole', streamHole],
  ...Object.entries(programs).flatMap(([program, { procedures }]) =>
    Object.entries(procedures).flatMap(([name, procedure]) =>
      Object.entries(procedure).flatMap(([part, schema]): Named[] =>
        isSchema(schema) ? [[`${program}.${name} ${part}`, schema]] : [],
      ),
    ),
  ),
];

function isSchema(value: unknown): value is Schema<unknown> {
  return typeof value === 'object' && value !== null && 'shape' in value;
}
