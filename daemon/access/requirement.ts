import { permissionFor, type CallProcedure } from '../../protocol/procedure.ts';
import type { ClientSession } from '../call.ts';
import { objectOf, type AccessControl } from './access-control.ts';
import type { Attributes } from './attributes.ts';
import { fieldOf, textIn } from './field.ts';
import type { ObjectKind } from './object-kinds.ts';

/** Where a call says which object a permission is about. */
export type Subject =
  | { readonly kind: 'connection' }
  | { readonly kind: 'referred' | 'described'; readonly object: ObjectKind; readonly argument: string }
  /** The call looks it up: it is known afterwards, and nothing has happened by then. */
  | { readonly kind: 'found'; readonly object: ObjectKind };

/** Arguments that hold the document of what is to be made. */
const documents = ['xml', 'xmlDesc'];

/** Null: a call that access control does not know how to judge, and that nobody may make therefore. */
export function subjectOf(procedure: CallProcedure, permission: string, access: AccessControl): Subject | null {
  if (objectOf(permission) === 'connect') return { kind: 'connection' };
  const object = access.kindOf(permission);
  if (object === undefined) return null;
  const given = fieldsOf(procedure.args);
  const argument = object.arguments.find(name => given.includes(name));
  if (argument !== undefined) return { kind: 'referred', object, argument };
  const document = documents.find(name => given.includes(name));
  if (document !== undefined) return { kind: 'described', object, argument: document };
  const isLookup = permission.endsWith(':getattr') && fieldsOf(procedure.ret).includes(object.reply);
  return isLookup ? { kind: 'found', object } : null;
}

const fieldsOf = (schema: CallProcedure['args']): readonly string[] =>
  schema?.shape.kind === 'struct' ? Object.keys(schema.shape.fields) : [];

/** What a client needs to be allowed for one procedure. */
export class Requirement {
  readonly #procedure: CallProcedure;
  readonly #access: AccessControl;

  constructor(procedure: CallProcedure, access: AccessControl) {
    this.#procedure = procedure;
    this.#access = access;
  }

  /** Of all that can be told from the arguments. Throws accessDenied, and what keeps an object from being found. */
  async before(client: ClientSession, args: unknown): Promise<void> {
    await this.#each(args, async (permission, subject) => {
      if (subject.kind !== 'found') await this.#access.require(client, permission, await attributesOf(subject, args));
    });
  }

  /** Of what the call has looked up. */
  async after(client: ClientSession, args: unknown, reply: unknown): Promise<void> {
    await this.#each(args, async (permission, subject) => {
      if (subject.kind !== 'found') return;
      const object = await subject.object.known(fieldOf(reply, subject.object.reply));
      await this.#access.require(client, permission, object);
    });
  }

  async #each(args: unknown, check: (permission: string, subject: Subject) => Promise<void>): Promise<void> {
    const permissions = new Set(this.#procedure.acl.map(rule => permissionFor(rule, args)));
    for (const permission of permissions) {
      if (permission === null) continue;
      const subject = subjectOf(this.#procedure, permission, this.#access);
      if (subject === null) throw new TypeError(`nobody knows whether '${permission}' is given`);
      await check(permission, subject);
    }
  }
}

function attributesOf(subject: Exclude<Subject, { kind: 'found' }>, args: unknown): Attributes | Promise<Attributes> {
  if (subject.kind === 'connection') return {};
  const { object, argument } = subject;
  if (subject.kind === 'referred') return object.referred(fieldOf(args, argument));
  return object.described(textIn(args, argument), args);
}
