/** LXC's format under construction: a value holds one line, whatever a definition says. */
export class ConfigLines {
  readonly #lines: string[] = [];
  readonly #unmatched: string[] = [];

  /** Leaves out what has no value. */
  set(key: string, value: string | number | bigint | null): void {
    if (value !== null) this.#lines.push(`${key} = ${oneLine(String(value))}`);
  }

  /** Notes what LXC has no key for. */
  tell(what: string): void {
    this.#unmatched.push(`# Without an equivalent: ${oneLine(what)}`);
  }

  text(): string {
    return [...this.#lines, ...this.#unmatched, ''].join('\n');
  }
}

// oxlint-disable-next-line no-control-regex -- a control character could begin another line
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f]/g, ' ');
