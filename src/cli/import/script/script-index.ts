import type { Project } from '../project/project.ts';
import { fileOf } from '../project/project.ts';
import { type Constant, constantOf } from './constant.ts';
import { isNodeClass } from './native-properties.ts';
import type { RemoteFunction, Script, Typed, Variable } from './script.ts';
import { TokenReader } from './token-reader.ts';

/** A member with the script that declares it. */
export interface Declared<T> {
  readonly member: T;
  readonly script: Script;
}

const GLOBAL_ENUMS: ReadonlySet<string> = new Set(
  (
    'Error Key KeyModifierMask KeyLocation MouseButton MouseButtonMask JoyButton JoyAxis MIDIMessage Side Corner Orientation ' +
    'ClockDirection HorizontalAlignment VerticalAlignment InlineAlignment EulerOrder PropertyHint'
  ).split(' '),
);
/** Constants that refer to constants. */
const DEEPEST = 20;

/** The scripts of a project with what they inherit from their base scripts. */
export class ScriptIndex {
  readonly #project: Project;
  readonly #chains = new Map<string, readonly Script[]>();

  constructor(project: Project) {
    this.#project = project;
  }

  /** The script and its base scripts, up to the engine's class. */
  chain(script: Script): readonly Script[] {
    const known = this.#chains.get(script.path);
    if (known !== undefined) return known;
    const chain: Script[] = [];
    for (let at: Script | null = script; at !== null; at = this.#baseOf(at)) {
      if (chain.includes(at)) {
        this.#project.findings.error(fileOf(at.path), at.baseLine, 'the script extends itself');
        break;
      }
      chain.push(at);
    }
    this.#chains.set(script.path, chain);
    return chain;
  }

  /** The engine's class that a script extends in the end. */
  nativeClass(script: Script): string {
    const { base } = this.chain(script).at(-1)!;
    return 'name' in base ? base.name : '';
  }

  /** All remote functions, also those of base scripts, in the order by which the engine numbers them. */
  remotes(script: Script): Declared<RemoteFunction>[] {
    const found = new Map<string, Declared<RemoteFunction>>();
    for (const one of this.chain(script).toReversed()) {
      for (const member of one.remotes) found.set(member.name, { member, script: one });
    }
    const bytes = (name: string): Buffer => Buffer.from(name);
    return [...found.values()].sort((one, other) => Buffer.compare(bytes(one.member.name), bytes(other.member.name)));
  }

  variable(script: Script, name: string): Declared<Variable> | null {
    for (const one of this.chain(script)) {
      const member = one.variables.get(name);
      if (member !== undefined) return { member, script: one };
    }
    return null;
  }

  /** The value behind `=`, as far as it can be told. */
  constant(script: Script, { value }: Typed, depth = 0): Constant {
    if (value === null || depth > DEEPEST) return { type: null, value: null };
    return constantOf(value, (name) => this.#lookUp(script, name, depth + 1));
  }

  /** A constant that a script refers to by this name; null when there is none. */
  constantNamed(script: Script, name: string): Constant | null {
    return this.#lookUp(script, name, 0);
  }

  /** Whether the name of a type, as a script writes it, is that of an enumeration. */
  isEnum(script: Script, name: string): boolean {
    if (GLOBAL_ENUMS.has(name) || this.chain(script).some(({ enums }) => enums.has(name))) return true;
    const dot = name.lastIndexOf('.');
    if (dot < 0) return false;
    const owner = this.#scriptNamed(script, name.slice(0, dot));
    if (owner !== null) return this.chain(owner).some(({ enums }) => enums.has(name.slice(dot + 1)));
    // The engine's classes have enumerations in them, and no classes.
    return /^[A-Z]\w*\.[A-Z]\w*$/.test(name);
  }

  #lookUp(script: Script, name: string, depth: number): Constant | null {
    for (const one of this.chain(script)) {
      const found = one.constants.get(name);
      if (found !== undefined) return this.#constantValue(one, found, depth);
    }
    const dot = name.indexOf('.');
    const owner = dot < 0 ? null : this.#scriptNamed(script, name.slice(0, dot));
    return owner === null ? null : this.#lookUp(owner, name.slice(dot + 1), depth);
  }

  #constantValue(script: Script, found: Typed, depth: number): Constant {
    const { type, value } = this.constant(script, found, depth);
    return { type: found.type ?? type, value };
  }

  /** The script that a script calls by this name: by `class_name`, or by a constant with `preload`. */
  #scriptNamed(script: Script, name: string): Script | null {
    for (const one of this.chain(script)) {
      const tokens = one.constants.get(name)?.value;
      if (tokens === undefined || tokens === null) continue;
      const reader = new TokenReader(tokens);
      const isLoaded = reader.accept('preload') || reader.accept('load');
      if (isLoaded && reader.accept('(')) return this.#scriptAt(one, reader.peek()?.text ?? '');
    }
    const path = this.#project.pathOfClass(name);
    return path === null ? null : this.#project.script(path);
  }

  /** A path in a script may be relative to it. */
  #scriptAt({ path }: Script, reference: string): Script | null {
    const isWhole = /^(res|uid):\/\//.test(reference);
    const folder = fileOf(path).replace(/[^/]*$/, '');
    const target = this.#project.resolve(isWhole ? reference : collapse(folder + reference));
    return target?.endsWith('.gd') ? this.#project.script(target) : null;
  }

  #baseOf(script: Script): Script | null {
    const { base, baseLine } = script;
    const file = fileOf(script.path);
    if ('path' in base) {
      const found = this.#scriptAt(script, base.path);
      if (found === null) this.#project.findings.error(file, baseLine, `the base script ${base.path} cannot be read`);
      return found;
    }
    if (isNodeClass(base.name)) return null;
    // Without the chain, which is being made: a constant of this script alone.
    const [tokens] = [script.constants.get(base.name)?.value];
    const loaded = tokens?.find(({ kind }) => kind === 'string');
    if (loaded !== undefined) return this.#scriptAt(script, loaded.text);
    const path = this.#project.pathOfClass(base.name);
    return path === null ? null : this.#project.script(path);
  }
}

/** Without `./` and `name/../`. */
function collapse(path: string): string {
  const [scheme, rest = ''] = path.split('://', 2);
  const names: string[] = [];
  for (const name of rest.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '.' && name !== '') names.push(name);
  }
  return `${scheme}://${names.join('/')}`;
}
