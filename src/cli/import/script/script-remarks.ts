import type { NamedAuthority, Remark } from './script.ts';
import type { LogicalLine, Token } from './tokens.ts';

/** Calls by which code changes what scenes and `@rpc` say. */
const CALLS: ReadonlyMap<string, string> = new Map([
  ['rpc_config', 'rpc_config() in code: add the method by hand, with { nodeConfig: true }'],
  ['add_spawnable_scene', 'add_spawnable_scene() in code: the list of that spawner is not complete here'],
  ['clear_spawnable_scenes', 'clear_spawnable_scenes() in code: the list of that spawner is another one'],
  ['set_script', 'set_script() in code: the @rpc functions of that node are those of the new script'],
  ['property_set_replication_mode', 'a SceneReplicationConfig is changed in code: declare the synchronizer by hand'],
  ['property_set_spawn', 'a SceneReplicationConfig is changed in code: declare the synchronizer by hand'],
]);
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['MultiplayerSpawner', 'a MultiplayerSpawner is made in code: declare it by hand'],
  ['MultiplayerSynchronizer', 'a MultiplayerSynchronizer is made in code: declare it by hand'],
  ['SceneReplicationConfig', 'a SceneReplicationConfig is made in code: declare the synchronizer by hand'],
]);
const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['spawn_function', 'a spawn function: give the spawner one, as in spawnFunction: custom(schema, (data) => …)'],
  ['replication_config', 'replication_config is set in code: declare the synchronizer by hand'],
  ['root_path', 'root_path is set in code: set rootPath of the declaration, if this is a synchronizer'],
  ['spawn_path', 'spawn_path is set in code: set spawnPath of the declaration'],
]);

/** Code of a script that the declarations cannot take into account. */
export function remarksIn(lines: readonly LogicalLine[]): Remark[] {
  const understood = new Set(authoritiesIn(lines).map(({ line }) => line));
  return lines.flatMap(({ tokens }) => tokens.flatMap((token, at) => remarkOn(tokens, token, at, understood) ?? []));
}

function remarkOn(
  tokens: readonly Token[],
  { kind, text, line }: Token,
  at: number,
  understood: ReadonlySet<number>,
): Remark | null {
  if (kind !== 'word') return null;
  const [before, next, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text, tokens[at + 2]?.text];
  const call = CALLS.get(text);
  if (call !== undefined && next === '(' && before !== 'func') return { line, text: call };
  const made = CLASSES.get(text);
  if (made !== undefined && next === '.' && after === 'new') return { line, text: made };
  const property = PROPERTIES.get(text);
  if (property !== undefined && next === '=' && before === '.') return { line, text: property };
  const isAuthority = text === 'set_multiplayer_authority' && next === '(' && before !== 'func';
  if (!isAuthority || understood.has(line)) return null;
  return { line, text: 'an authority is set: do the same, by setMultiplayerAuthority or the option authority' };
}

/** The authorities that `_enter_tree` sets, without a condition, to the peer after which the node is named. */
export function authoritiesIn(lines: readonly LogicalLine[]): NamedAuthority[] {
  const start = lines.findIndex(
    ({ tokens: [first, second] }) => first?.text === 'func' && second?.text === '_enter_tree',
  );
  if (start < 0) return [];
  const { indent, tokens } = lines[start]!;
  const colon = tokens.findIndex(({ kind, text }) => kind === 'sign' && text === ':');
  const statements = [tokens.slice(colon + 1)];
  const inner = lines[start + 1]?.indent ?? 0;
  for (const line of lines.slice(start + 1)) {
    if (line.indent <= indent) break;
    if (line.indent === inner) statements.push([...line.tokens]);
  }
  return statements.flatMap((statement) => {
    const found = statement.findIndex(({ kind, text }) => kind === 'word' && text === 'set_multiplayer_authority');
    return found < 0 ? [] : (namedAuthority(statement, found) ?? []);
  });
}

/** The ways to write the number in the node's own name. */
const NUMBERS: readonly string[] = [
  'name.to_int()',
  'self.name.to_int()',
  'str(name).to_int()',
  'String(name).to_int()',
  'int(name)',
  'int(str(name))',
  'int(String(name))',
];

/** The call at `at`, when it says nothing else: with another one, or a condition, it is for the reader. */
function namedAuthority(tokens: readonly Token[], at: number): NamedAuthority | null {
  const before = tokens.slice(0, at);
  const behind = tokens
    .slice(at + 1)
    .map(({ kind, text }) => (kind === 'string' ? JSON.stringify(text) : text))
    .join('');
  const match = /^\((.*?)(, *(?:true|false)|)\)$/.exec(behind);
  if (match === null || !NUMBERS.includes(match[1]!)) return null;
  const path = nodeBefore(before);
  return path === null ? null : { path, isRecursive: !match[2]!.includes('false'), line: tokens[at]!.line };
}

/** The node of `$Inputs.`, `get_node("Inputs").` or nothing, seen from the script's. */
function nodeBefore(tokens: readonly Token[]): string | null {
  const texts = tokens.map(({ text }) => text);
  if (tokens.length === 0 || texts.join('') === 'self.') return '.';
  if (texts.at(-1) !== '.') return null;
  const [first] = tokens;
  if (tokens.length === 2 && first?.kind === 'node') return first.text.replace(/^\$/, '');
  const isCall = texts.length === 5 && texts[0] === 'get_node' && texts[1] === '(' && texts[3] === ')';
  return isCall && (tokens[2]!.kind === 'string' || tokens[2]!.kind === 'path') ? texts[2]! : null;
}
