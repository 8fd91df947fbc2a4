/**
 * An event that callbacks can be connected to, like the engine's signals. It is only emitted during calls of the program, above
 * all `poll()`.
 */
export class Signal<Arguments extends readonly unknown[]> {
  #callbacks: readonly ((...args: Arguments) => void)[] = [];

  /** Calls `callback` whenever the signal is emitted, after those that were connected before. Connecting twice is once. */
  connect(callback: (...args: Arguments) => void): void {
    if (typeof callback !== 'function') throw new TypeError('callback is a function');
    if (!this.#callbacks.includes(callback)) this.#callbacks = [...this.#callbacks, callback];
  }

  disconnect(callback: (...args: Arguments) => void): void {
    this.#callbacks = this.#callbacks.filter((other) => other !== callback);
  }

  isConnected(callback: (...args: Arguments) => void): boolean {
    return this.#callbacks.includes(callback);
  }

  /** Whether anything is connected. */
  hasConnections(): boolean {
    return this.#callbacks.length > 0;
  }

  /** Calls what is connected now. When a callback throws, the others are called all the same, then it is thrown on. */
  emit(...args: Arguments): void {
    const errors: unknown[] = [];
    for (const callback of this.#callbacks) {
      try {
        callback(...args);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
