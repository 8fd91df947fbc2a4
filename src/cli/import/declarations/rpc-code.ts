import { createHash } from 'node:crypto';
import type { Findings } from '../project/findings.ts';
import { fileOf } from '../project/project.ts';
import type { Parameter, RemoteFunction, Script } from '../script/script.ts';
import type { Declared, ScriptIndex } from '../script/script-index.ts';
import type { ModuleImports } from './module-imports.ts';
import { commented, keyOf, memberOf, type Names, quoted } from './names.ts';
import { type RpcAnnotation, readRpcAnnotation } from './rpc-options.ts';
import { type SchemaCode, schemaCode, typeText } from './schema-code.ts';

/** What writes the declarations of remote functions needs. */
export interface RpcContext {
  readonly scripts: ScriptIndex;
  readonly findings: Findings;
  readonly imports: ModuleImports;
  readonly names: Names;
}

/** The type of the handlers of a script, once for all scripts. */
export const HANDLERS = [
  '/** Runs when another peer calls a method. Methods without a handler can only be called on other peers. */',
  'type Handlers<Lists extends Readonly<Record<string, readonly Schema<unknown>[]>>> = {',
  '  readonly [Name in keyof Lists]?: RpcHandler<Arguments<Lists[Name]>> | undefined;',
  '};',
];

/** The table of a script: the schemas of all arguments, and a function that declares all methods. `places`: its nodes. */
export function rpcCode(script: Script, places: readonly string[], context: RpcContext): string[] {
  const { scripts, imports, names } = context;
  const remotes = scripts.remotes(script);
  const [lists, methods] = [names.next(script.path, 'Arguments'), names.next(script.path, 'Methods')];
  for (const name of ['type Arguments', 'type RpcHandler', 'rpc']) imports.use('tickpeer/multiplayer', name);
  imports.use('tickpeer/variant', 'type Schema');
  const rows = remotes.map((remote) => methodRows(remote, lists, context));
  const checksum = createHash('md5')
    .update(remotes.map(({ member }) => member.name).join(''))
    .digest('hex');
  return [
    `/** Arguments of the @rpc functions of ${commented(script.path)}. */`,
    `export const ${lists} = {`,
    ...rows.flatMap(({ list }) => list),
    '} as const;',
    '',
    ...places.map((place) => `// ${placeText(place, methods)}`),
    `/** All @rpc functions of ${commented(script.path)}, those of its base scripts included; checksum ${checksum}. */`,
    `export function ${methods}(on: Handlers<typeof ${lists}> = {}) {`,
    '  return {',
    ...rows.flatMap(({ method }) => method),
    '  };',
    '}',
  ];
}

/** How the table is declared for a node. A path may have what ends a comment of several lines. */
function placeText(path: string, methods: string): string {
  return `multiplayer.${path.includes('*') ? 'nodes' : 'node'}(${quoted(path)}, ${methods}({ … }))`;
}

function methodRows(
  { member, script }: Declared<RemoteFunction>,
  lists: string,
  context: RpcContext,
): { readonly list: string[]; readonly method: string[] } {
  const { scripts, findings, imports } = context;
  const file = fileOf(script.path);
  const lookUp = (name: string) => scripts.constantNamed(script, name);
  const annotation = readRpcAnnotation(member.annotation, lookUp);
  for (const problem of annotation.problems) findings.error(file, member.annotation.line, problem);
  const schemas = member.parameters.map((parameter) => parameterCode(member, parameter, script, context));
  for (const name of schemas.flatMap(({ names }) => names)) {
    imports.use(name === 'rest' ? 'tickpeer/multiplayer' : 'tickpeer/variant', name);
  }
  const key = keyOf(member.name);
  const options = optionsCode(annotation);
  const mode = annotation.isAnyPeer ? 'anyPeer' : 'authority';
  const [list, on] = [`${lists}${memberOf(member.name)}`, `on${memberOf(member.name)}`];
  return {
    list: [`  ${key}: [${schemas.map(({ code }) => code).join(', ')}], // ${commented(signature(member))}`],
    method: [`    ${key}: rpc.${mode}(${list}, ${on}${options === '' ? '' : `, { ${options} }`}),`],
  };
}

function optionsCode({ callLocal, transferMode, channel }: RpcAnnotation): string {
  const options: string[] = [];
  if (callLocal) options.push('callLocal: true');
  if (transferMode !== 'reliable') options.push(`transferMode: '${transferMode}'`);
  if (channel !== 0) options.push(`channel: ${channel}`);
  return options.join(', ');
}

function parameterCode(
  remote: RemoteFunction,
  parameter: Parameter,
  script: Script,
  { scripts, findings }: RpcContext,
): SchemaCode {
  if (parameter.isRest) return { code: 'rest(variant)', names: ['rest', 'variant'], problem: null };
  const inferred = parameter.isInferred ? scripts.constant(script, parameter).type : null;
  const schema = schemaCode(parameter.type ?? inferred, (name) => scripts.isEnum(script, name));
  if (schema.problem !== null) {
    const text = `the parameter "${parameter.name}" of ${remote.name}() ${schema.problem}: ${schema.code} accepts everything`;
    findings.note(fileOf(script.path), parameter.line, text);
  }
  if (parameter.value === null) return schema;
  return { ...schema, code: `optional(${schema.code})`, names: ['optional', ...schema.names] };
}

/** As the script writes it, without the values. */
function signature({ name, parameters }: RemoteFunction): string {
  const texts = parameters.map(({ name: own, type, isInferred, isRest, value }) => {
    const typed = type === null ? '' : `: ${typeText(type)}`;
    return `${isRest ? '...' : ''}${own}${typed}${value === null ? '' : isInferred ? ' := …' : ' = …'}`;
  });
  return `${name}(${texts.join(', ')})`;
}
