/**
 * Bytes that are not a value of their schema, or a value that its schema cannot carry. `path` names the field,
 * e.g. `params[3].value`; it is empty for the outermost value.
 */
export class XdrError extends Error {
  override readonly name = 'XdrError';
  readonly reason: string;
  #path = '';

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }

  get path(): string {
    return this.#path;
  }

  /**
   * Adds the field or index that the failing value was found under. Codecs call it on the way out, innermost first, so
   * that a value which is right pays nothing for the path.
   */
  within(step: string | number): this {
    const rest = this.#path === '' || this.#path.startsWith('[') ? this.#path : `.${this.#path}`;
    this.#path = typeof step === 'number' ? `[${step}]${rest}` : `${step}${rest}`;
    this.message = `${this.#path}: ${this.reason}`;
    return this;
  }
}

/** Puts `step` in front of the path of an XdrError and hands any other error through as it is. */
export const locate = (error: unknown, step: string | number): unknown =>
  error instanceof XdrError ? error.within(step) : error;
