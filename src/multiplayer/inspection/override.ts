type Method = (...args: unknown[]) => unknown;

/** The names of the methods of `T`. */
type MethodName<T> = { [Name in keyof T]: T[Name] extends (...args: never[]) => unknown ? Name : never }[keyof T];

/**
 * Replaces a method of one object. `make` gets the present method and returns the one to call instead. Returns a function that takes
 * the replacement back. Other objects of the class, and this one before and afterwards, call the method itself: watching costs
 * nothing while nobody watches.
 */
export function override<T extends object, Name extends MethodName<T>>(
  object: T,
  name: Name,
  make: (original: T[Name]) => T[Name],
): () => void {
  const wasOwn = Object.hasOwn(object, name);
  const before = object[name];
  // `MethodName` says that these are methods, which TypeScript does not conclude; the arguments are only passed on.
  const original = (before as Method).bind(object);
  const replacement = make(original as T[Name]) as Method;
  let isOver = false;
  const current: Method = (...args) => (isOver ? original(...args) : replacement(...args));
  object[name] = current as T[Name];
  return () => {
    isOver = true;
    // A later replacement calls this one, which from now on only passes on.
    if (object[name] !== current) return;
    if (wasOwn) object[name] = before;
    else Reflect.deleteProperty(object, name);
  };
}
