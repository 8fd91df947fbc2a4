/**
 * An event that callbacks can be connected to, like the engine's signals. It is only emitted during calls that the program
 * makes, mainly `poll()`.
 */
export class Signal<Arguments extends readonly unknown[]> {
  #callbacks: readonly ((...args: Arguments) => void)[] = [];

  /**
   * Calls `callback` whenever the signal is emitted, after those that were connected before. A callback that is already
   * connected is not added again.
   */
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

  /** Whether any callback is connected. */
  hasConnections(): boolean {
    return this.#callbacks.length > 0;
  }

  /**
   * Calls the callbacks that are connected now. When one throws, the others are still called; then the first error is
   * thrown.
   */
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
