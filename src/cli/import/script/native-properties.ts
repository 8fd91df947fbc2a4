import { TextScanner } from '../text/text-scanner.ts';
import type { TextValue } from '../text/text-value.ts';
import { NODE_CLASSES } from './node-classes.ts';

/** A property of one of the engine's classes. */
export interface NativeProperty {
  readonly type: string;
  /** Null for zero, empty and what is not known. */
  readonly value: TextValue | null;
}

interface NativeClass {
  readonly base: string;
  readonly properties: ReadonlyMap<string, string>;
}

let classes: ReadonlyMap<string, NativeClass> | null = null;

function nativeClasses(): ReadonlyMap<string, NativeClass> {
  classes ??= new Map(
    NODE_CLASSES.trim()
      .split('\n')
      .map((line) => {
        const [name = '', base = '', ...properties] = line.split(' ');
        const own = properties.map((text): [string, string] => [
          text.slice(0, text.indexOf(':')),
          text.slice(text.indexOf(':') + 1),
        ]);
        return [name, { base, properties: new Map(own) }];
      }),
  );
  return classes;
}

/** Whether the engine has a class of nodes with this name. */
export function isNodeClass(name: string): boolean {
  return nativeClasses().has(name);
}

/** A property of an engine's class or of those that it extends; null when there is none. */
export function nativeProperty(className: string, property: string): NativeProperty | null {
  for (let found = nativeClasses().get(className); found !== undefined; found = nativeClasses().get(found.base)) {
    const text = found.properties.get(property);
    if (text === undefined) continue;
    const [type = '', value] = text.split('=');
    return { type, value: value === undefined ? null : new TextScanner(value).value() };
  }
  return null;
}
