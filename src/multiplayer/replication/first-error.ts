/** The first of several errors, which is thrown once everything else is done. */
export class FirstError {
  /** In an object, because anything may be thrown. */
  #error: { readonly cause: unknown } | null = null;

  note(cause: unknown): void {
    this.#error ??= { cause };
  }

  /** Throws it, if there is one, and forgets it. */
  rethrow(): void {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error.cause;
  }
}
