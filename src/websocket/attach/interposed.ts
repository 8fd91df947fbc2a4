/**
 * Replaces a property's value by `make(value)`, and every value stored there later, too. Returns a function that restores the latest
 * value, or removes the property where there was none. If other code has redefined the property meanwhile, that function changes
 * nothing.
 */
export function interpose<T>(target: object, key: PropertyKey, make: (value: T | undefined) => T): () => void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  let isOwn = before !== undefined;
  // The caller knows the type of the property.
  let value = Reflect.get(target, key) as T | undefined;
  let made = make(value);
  const get = (): T => made;
  const isEnumerable = before?.enumerable ?? false;
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: isEnumerable,
    get,
    set: (next: T) => {
      // Other code restores the value that it read before.
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
