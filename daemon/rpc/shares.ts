/** How many clients each source has. */
export class Shares {
  readonly #shares = new Map<string, number>();

  of(source: string): number {
    return this.#shares.get(source) ?? 0;
  }

  /** What the source with the most has. */
  get most(): number {
    return Math.max(0, ...this.#shares.values());
  }

  add(source: string): void {
    this.#shares.set(source, this.of(source) + 1);
  }

  remove(source: string): void {
    const left = this.of(source) - 1;
    if (left > 0) this.#shares.set(source, left);
    else this.#shares.delete(source);
  }
}
