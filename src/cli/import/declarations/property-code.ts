import { MultiplayerSpawner, MultiplayerSynchronizer, ReplicatedNode, SceneNode } from '../../../multiplayer/index.ts';
import type { Findings } from '../project/findings.ts';
import type { SynchronizedProperty } from '../project/replication.ts';
import type { TreeNode } from '../project/scene-tree.ts';
import { nativeProperty } from '../script/native-properties.ts';
import type { TypeReference } from '../script/script.ts';
import type { ScriptIndex } from '../script/script-index.ts';
import type { TextValue } from '../text/text-value.ts';
import type { ModuleImports } from './module-imports.ts';
import { commented, keyOf } from './names.ts';
import { type SchemaCode, schemaCode } from './schema-code.ts';
import { valueCode } from './value-code.ts';

/** What writes the declarations of properties needs. */
export interface PropertyContext {
  readonly scripts: ScriptIndex;
  readonly findings: Findings;
  readonly imports: ModuleImports;
}

/** The type and the first value of a property, as far as they are known. */
interface Described {
  readonly schema: SchemaCode;
  /** Null when it begins with zero. */
  readonly value: TextValue | null;
  /** Whether there is a first value that cannot be told. */
  readonly isUnclear: boolean;
}

const FUNCTIONS = { always: 'always', onChange: 'onChange', never: 'spawnOnly' } as const;
/** Parts of values, such as `position:x`, by the type of the value. */
const PARTS: Readonly<Record<string, string>> = {
  Vector2: 'x:float y:float',
  Vector2i: 'x:int y:int',
  Vector3: 'x:float y:float z:float',
  Vector3i: 'x:int y:int z:int',
  Vector4: 'x:float y:float z:float w:float',
  Vector4i: 'x:int y:int z:int w:int',
  Quaternion: 'x:float y:float z:float w:float',
  Color: 'r:float g:float b:float a:float',
};

/**
 * The line of a property in the declaration of its synchronizer. `taken`: the names that each node has so far; the name is
 * added.
 */
export function propertyCode(
  property: SynchronizedProperty,
  taken: Map<TreeNode | null, Set<string>>,
  context: PropertyContext,
): string {
  const { node, nodePath, name, mode, spawn, file, line } = property;
  const { findings, imports } = context;
  const shown = nodePath === '.' ? name : `${nodePath}:${name}`;
  if (mode === 'never' && !spawn) return `// ${commented(shown)}: neither spawned nor synchronized`;
  const key = keyFor(property, taken, findings);
  const { schema, value, isUnclear } = describe(node, name, context);
  if (schema.problem !== null) {
    findings.note(file, line, `the property ${shown} ${schema.problem}: ${schema.code} accepts everything`);
  }
  const initial = value === null ? null : valueCode(value, schema.code);
  if (isUnclear || (value !== null && initial === null)) {
    findings.note(
      file,
      line,
      `the first value of ${shown} cannot be told: set it in instantiate(), or where it matters`,
    );
  }
  imports.use('tickpeer/multiplayer', FUNCTIONS[mode]);
  for (const used of [...schema.names, ...(initial?.names ?? [])]) imports.use('tickpeer/variant', used);
  const parts = [schema.code];
  const first = initial?.code ?? null;
  if (first !== null) parts.push(first);
  if (!spawn) parts.push(...(first === null ? ['undefined'] : []), '{ spawn: false }');
  return `${keyOf(key)}: ${FUNCTIONS[mode]}(${parts.join(', ')}),`;
}

/** The path of a property as the declaration has it. */
function keyFor(
  { node, nodePath, name, file, line }: SynchronizedProperty,
  taken: Map<TreeNode | null, Set<string>>,
  findings: Findings,
): string {
  const names = taken.get(node) ?? new Set();
  taken.set(node, names);
  // Names are not sent, so that another one does the same.
  let free = node === null ? `unknown${names.size + 1}` : name;
  while (names.has(free) || isMember(node, free)) free += '_';
  names.add(free);
  if (node === null) return free;
  if (free !== name) findings.note(file, line, `the property ${name} is named ${free}: the other name is taken`);
  if (nodePath !== '.') return `${nodePath}:${free}`;
  return free.includes(':') ? `.:${free}` : free;
}

/** Whether nodes of tickpeer have a member of this name. */
function isMember(node: TreeNode | null, name: string): boolean {
  if (name === 'instance' || name === 'scenePath') return true;
  if (node?.type === 'MultiplayerSpawner') return name in MultiplayerSpawner.prototype || SPAWNER_FIELDS.includes(name);
  if (node?.type === 'MultiplayerSynchronizer')
    return name in MultiplayerSynchronizer.prototype || SYNC_FIELDS.includes(name);
  return name in ReplicatedNode.prototype || name in SceneNode.prototype || name === 'getNode';
}

/** Members that are not in the prototype. */
const SPAWNER_FIELDS: readonly string[] = ['spawned', 'despawned', 'options', 'spawnLimit', 'holdsNewPeers'];
const SYNC_FIELDS: readonly string[] = ['synchronized', 'deltaSynchronized', 'visibilityChanged', 'layout'];

function describe(node: TreeNode | null, path: string, context: PropertyContext): Described {
  const [name = '', part, ...more] = path.split(':');
  if (node === null) return unknown('belongs to an unknown node');
  const found = declared(node, name, context);
  if (part === undefined) return found;
  const { type, value } = found;
  const parts = (PARTS[type?.name ?? ''] ?? '').split(' ').map((text) => text.split(':'));
  const at = parts.findIndex(([own]) => own === part);
  if (at < 0 || more.length > 0) return unknown('has an unknown type');
  const schema = schemaCode({ name: parts[at]![1]!, elements: [] }, () => false);
  const component = value?.kind === 'call' ? value.parts[at] : undefined;
  return { schema, value: component ?? null, isUnclear: value !== null && component === undefined };
}

function unknown(problem: string): Described {
  return { schema: { code: 'variant', names: ['variant'], problem }, value: null, isUnclear: false };
}

/** A property of the node's script, or of the engine's class. What the scene sets comes before the first value there. */
function declared(
  node: TreeNode,
  name: string,
  { scripts }: PropertyContext,
): Described & { readonly type: TypeReference | null } {
  const { script } = node;
  const placed = node.properties.get(name)?.value ?? null;
  const variable = script === null ? null : scripts.variable(script, name);
  if (variable !== null) {
    const { member, script: owner } = variable;
    const constant = scripts.constant(owner, member);
    const type = member.type ?? (member.isInferred ? constant.type : null);
    const schema = schemaCode(type, (text) => scripts.isEnum(owner, text));
    const isUnclear = member.value !== null && (member.isOnReady || constant.value === null);
    return { schema, type, value: placed ?? constant.value, isUnclear: placed === null && isUnclear };
  }
  const className = node.type === '' && script !== null ? scripts.nativeClass(script) : node.type;
  const native = nativeProperty(className, name);
  if (native === null)
    return { ...unknown(`is not known in ${className === '' ? 'its node' : className}`), value: placed, type: null };
  const type = { name: native.type, elements: [] };
  return { schema: schemaCode(type, () => false), type, value: placed ?? native.value, isUnclear: false };
}
