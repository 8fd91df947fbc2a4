/**
 * Puts `make(value)` in the place of a property's value, and of every value that is stored there later. Returns a function that
 * takes it away again and leaves the latest value, or no own property where there was none; if somebody has put something of theirs on top meanwhile,
 * all stays as it is.
 */
export function interpose<T>(target: object, key: PropertyKey, make: (value: T | undefined) => T): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  let isOwn = before !== undefined;
  // The caller knows what is stored under the key.
  let value = Reflect.get(target, key) as T | undefined;
  let made = make(value);
  const get = (): T => made;
  const isEnumerable = before?.enumerable ?? false;
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: isEnumerable,
    get,
    set: (next: T) => {
      // Somebody puts back what they read before.
      if (next === made) return;
      isOwn = true;
      value = next;
      made = make(next);
    },
  });
  return () => {
    if (Object.getOwnPropertyDescriptor(target, key)?.get !== get) return;
    if (isOwn)
      Object.defineProperty(target, key, { configurable: true, enumerable: isEnumerable, writable: true, value });
    else Reflect.deleteProperty(target, key);
  };
}
