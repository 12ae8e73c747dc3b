import { AgentCommandFailed } from '../session/agent-failure.ts';

/** The kernel's, in bytes. */
const PATH_MAX = 4095;
/** Of `argv` and `envp` together, as the kernel has it, roughly. */
const LIST_MAX = 65_536;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The arguments of one agent command. Each method takes one by name, in the type that the command has for it, and
 * throws AgentCommandFailed in the agent's own words for one that is missing or of another type; `…Or` is for those that
 * need not be given.
 */
export class Arguments {
  readonly #values: Map<string, unknown>;

  /** `value` is a command's "arguments", or undefined. */
  constructor(value: unknown) {
    if (!isObject(value)) throw new AgentCommandFailed("QMP input member 'arguments' must be an object");
    this.#values = new Map(Object.entries(value));
  }

  /** Throws when something was given that nobody has taken. */
  requireNoOthers(): void {
    for (const name of this.#values.keys()) throw new AgentCommandFailed(`Parameter '${name}' is unexpected`);
  }

  text(name: string): string {
    return this.#given(name, this.textOr(name, null));
  }

  textOr<T>(name: string, absent: T): string | T {
    return this.#take(name, 'string', value => (typeof value === 'string' ? value : null)) ?? absent;
  }

  /** Of a file, as the kernel takes it. */
  path(name: string): string {
    const path = this.text(name);
    if (path === '' || path.includes('\0') || Buffer.byteLength(path) > PATH_MAX)
      throw new AgentCommandFailed(`Invalid parameter '${name}'`);
    return path;
  }

  integer(name: string): number {
    return this.#given(name, this.integerOr(name, null));
  }

  integerOr<T>(name: string, absent: T): number | T {
    return this.#take(name, 'integer', integerOf) ?? absent;
  }

  flag(name: string): boolean {
    return this.#given(name, this.flagOr(name, null));
  }

  flagOr<T>(name: string, absent: T): boolean | T {
    return this.#take(name, 'boolean', value => (typeof value === 'boolean' ? value : null)) ?? absent;
  }

  list(name: string): readonly string[] {
    return this.#given(name, this.listOr(name, null));
  }

  listOr<T>(name: string, absent: T): readonly string[] | T {
    return this.#take(name, 'array', listOf) ?? absent;
  }

  base64(name: string): Buffer {
    return this.#given(name, this.base64Or(name, null));
  }

  base64Or<T>(name: string, absent: T): Buffer | T {
    const text = this.textOr(name, null);
    if (text === null) return absent;
    if (text.length % 4 !== 0 || !BASE64.test(text)) throw new AgentCommandFailed(`Parameter '${name}' is not base64`);
    return Buffer.from(text, 'base64');
  }

  /** A value that is one of several words, or a flag in place of one. */
  choiceOr<T>(name: string, choices: ReadonlyMap<unknown, T>, absent: T): T {
    return this.#take(name, [...choices.keys()].join(', '), value => choices.get(value) ?? null) ?? absent;
  }

  #take<T>(name: string, expected: string, read: (value: unknown) => T | null): T | null {
    const value = this.#values.get(name);
    if (value === undefined) return null;
    this.#values.delete(name);
    const taken = read(value);
    if (taken === null) throw new AgentCommandFailed(`Invalid parameter type for '${name}', expected: ${expected}`);
    return taken;
  }

  #given<T>(name: string, value: T | null): T {
    if (value === null) throw new AgentCommandFailed(`Parameter '${name}' is missing`);
    return value;
  }
}

const integerOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null;

const listOf = (value: unknown): string[] | null =>
  Array.isArray(value) && value.length <= LIST_MAX && value.every(item => typeof item === 'string') ? value : null;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
