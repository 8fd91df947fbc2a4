import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';

/** The rules for files and imports, each with its description. */
export const RULES = {
  place: 'a file lies in a known room; the root holds only the index files and the leaves',
  arrow: 'a room imports only the rooms below it',
  corner: 'a file of a room lies in one of its sub-rooms, or in the room itself where the table has such files',
  step: 'a sub-room imports only the sub-rooms below it',
  crowd: 'a folder has at most 20 files, tests aside',
  door: "another room is entered through its index.ts, written '../room/index.ts'",
  leaf: 'the leaves of the root import nothing but types of each other',
  pure: 'protocol/, variant/ and what is for browsers import no node: modules',
  browser: 'only what is for browsers imports what is for browsers',
  package: 'no package is imported, save optional peers by import() and import type, and what the build bundles',
  target: 'an import names, in a plain string, a source file that exists and is not a test',
  cycle: 'no file imports itself over others',
  length: 'no file is above 400 lines',
  name: 'no file or folder is a drawer for what belongs elsewhere: utils, helpers, types',
} as const;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  readonly file: string;
  readonly message: string;
}

/** Source files by their path under src/, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Which rooms a room may import. Imports run one way, `cli, cluster -> inspector, rooms -> multiplayer -> websocket ->
 * stream, protocol, variant`, and may skip a room.
 */
export const ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['protocol', []],
  ['stream', []],
  ['variant', []],
  ['testing', ['stream', 'protocol']],
  ['websocket', ['stream', 'protocol', 'variant']],
  ['log', ['websocket', 'stream']],
  ['peer', ['websocket', 'stream', 'protocol']],
  ['multiplayer', ['websocket', 'stream', 'protocol', 'variant']],
  ['rooms', ['multiplayer', 'websocket', 'stream', 'protocol', 'variant']],
  ['cluster', ['rooms', 'multiplayer', 'websocket', 'stream', 'protocol']],
  ['inspector', ['rooms', 'multiplayer', 'log', 'websocket', 'stream', 'protocol', 'variant', 'testing']],
  ['cli', ['inspector', 'multiplayer', 'websocket', 'stream', 'protocol', 'variant', 'testing', 'log']],
]);
/** Packages that the build puts into a room's files, so that the published package needs none of them. */
const BUNDLED: ReadonlyMap<string, readonly string[]> = new Map([
  ['inspector', ['uplot']],
  ['cli', ['@peculiar/x509', 'hdr-histogram-js', 'reflect-metadata']],
]);
/** The sub-rooms of each room, and which of them each may import. */
export type SubRooms = ReadonlyMap<string, Readonly<Record<string, readonly string[]>>>;

/**
 * The sub-rooms of a room, and which of them each may import; '' is the files in the room itself, except its index.ts, which may
 * import all. A sub-room has no index: no file outside its room imports it.
 */
export const SUB_ROOMS: SubRooms = new Map([
  [
    'protocol',
    {
      http: [],
      '': ['http'],
      handshake: ['', 'http'],
      frames: [''],
      writing: ['', 'frames'],
      reading: ['', 'frames'],
      deflate: ['', 'http', 'frames'],
      connection: ['', 'frames', 'reading', 'writing'],
    },
  ],
  [
    'stream',
    {
      runtime: [],
      peer: [],
      crypto: [],
      socket: ['peer', 'runtime'],
      listening: ['socket', 'runtime'],
      tls: ['socket', 'peer', 'crypto', 'runtime'],
      carried: ['tls', 'socket', 'peer', 'crypto', 'runtime'],
    },
  ],
  ['variant', { values: [], text: ['values'], codec: ['values'], schemas: ['codec', 'values'] }],
  [
    'websocket',
    {
      '': [],
      platform: [],
      compression: [],
      settings: ['compression'],
      session: ['settings', 'compression', 'platform', ''],
      http2: ['platform'],
      dialling: ['session', 'settings', 'compression', 'http2', 'platform'],
      browser: ['session', 'settings', 'platform', ''],
      peer: ['dialling', 'browser', 'session', 'settings', 'http2', 'platform', ''],
      attach: ['http2', ''],
      requests: ['peer', 'session', 'settings', 'platform', ''],
      server: ['requests', 'attach', 'peer', 'session', 'settings', 'http2', 'platform', ''],
    },
  ],
  [
    'inspector',
    {
      feed: [],
      control: ['feed'],
      collector: ['control', 'feed'],
      serving: ['collector', 'control', 'feed'],
      page: ['feed'],
      '': ['serving', 'collector'],
    },
  ],
  [
    'multiplayer',
    {
      '': [],
      wire: [],
      limits: [],
      diagnostics: [],
      peers: ['wire', 'limits', 'diagnostics', ''],
      rpc: ['peers', 'wire', 'limits', ''],
      nodes: ['wire', ''],
      decoding: ['nodes', 'rpc', 'wire'],
      replication: ['nodes', 'rpc', 'peers', 'wire', 'limits', ''],
      returning: ['rpc', 'peers', 'wire', ''],
      inspection: ['decoding', 'scene', 'replication', 'nodes', 'rpc', 'peers', 'wire', 'limits'],
      scene: ['returning', 'replication', 'nodes', 'rpc', 'peers', 'wire', 'limits', 'diagnostics', ''],
    },
  ],
  [
    'rooms',
    {
      limits: [],
      room: ['limits'],
      entering: ['room', 'limits'],
      moving: ['room'],
      saving: ['room', 'limits'],
      stopping: ['room', 'limits'],
      '': ['stopping', 'saving', 'moving', 'entering', 'room', 'limits'],
    },
  ],
  [
    'cluster',
    {
      broker: [],
      lease: ['broker'],
      directory: ['lease', 'broker'],
      saving: ['directory', 'broker'],
      messages: ['directory', 'broker'],
      routing: ['directory', 'lease'],
      '': ['routing', 'messages', 'saving', 'directory', 'lease', 'broker'],
    },
  ],
]);
/** Imports of types only: a diagnostics message has the public object that it is about, and a room the `Rooms` that it is one of. */
const NAMED_BY_TYPE: ReadonlyMap<string, readonly string[]> = new Map([
  ['websocket/session', ['peer']],
  ['multiplayer/diagnostics', ['peers', 'scene']],
  ['rooms/room', ['']],
]);
const MOST_FILES = 20;
const PURE_ROOMS: readonly string[] = ['protocol', 'variant'];
/** Everyone may import these. */
const LEAVES: readonly string[] = ['error-code.ts', 'failure.ts', 'clock.ts', 'bytes.ts', 'escape-controls.ts'];
/** The package's index files, which may import every room. */
const FRONT_DOORS: readonly string[] = ['index.ts', 'index.browser.ts'];
/** These load modules that a user has named, by import() of a computed name. */
const LOADERS: readonly string[] = ['cli/bench/script-bot.ts', 'cli/replay/server-module.ts'];
const DRAWERS: readonly string[] = ['util', 'utils', 'helper', 'helpers', 'types'];
const MAX_LINES = 400;

/** Every violation in `sources`, in the order of the paths. `optionalPeers` are the packages that may be imported at run time. */
export function checkWalls(
  sources: Sources,
  optionalPeers: readonly string[],
  roomsWithin: SubRooms = SUB_ROOMS,
): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, text] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (isTest(file)) continue;
    const report = (rule: Rule, message: string): void => {
      violations.push({ rule, file, message });
    };
    const room = roomOf(file);
    if (room === null ? !LEAVES.includes(file) && !FRONT_DOORS.includes(file) : !ROOMS.has(room)) {
      report('place', RULES.place);
    }
    const subRooms = room === null ? undefined : roomsWithin.get(room);
    if (subRooms !== undefined && !isFace(file) && !(subRoomOf(file) in subRooms)) report('corner', RULES.corner);
    const segments = file.split('/').map((segment) => segment.split('.', 1)[0] ?? '');
    if (segments.some((segment) => DRAWERS.includes(segment))) report('name', RULES.name);
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > MAX_LINES) report('length', `${lines} lines, at most ${MAX_LINES}`);

    const targets: string[] = [];
    for (const reference of referencesOf(file, text)) {
      const at = `line ${reference.line}: ${reference.specifier ?? 'an import() of a computed name'}`;
      const broken = checkReference(file, reference, sources, optionalPeers) ?? checkStep(file, reference, roomsWithin);
      if (broken !== null) report(broken, `${at}: ${RULES[broken]}`);
      else if (!reference.isTypeOnly && isRelative(reference)) targets.push(resolve(file, reference.specifier));
    }
    graph.set(file, targets);
  }
  for (const [folder, count] of countFiles(sources)) {
    if (count > MOST_FILES) violations.push({ rule: 'crowd', file: folder, message: `${count} files` });
  }
  for (const cycle of cyclesOf(graph)) {
    violations.push({ rule: 'cycle', file: cycle[0] ?? '', message: cycle.join(' -> ') });
  }
  return violations;
}

/** The sources in the folder `root`, tests included. */
export function readSources(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.[cm]?tsx?$/.test(path));
  return new Map(files.map((path) => [path.split(sep).join('/'), readFileSync(join(root, path), 'utf8')]));
}

/** One reference to another module, in any form of TypeScript. */
interface Reference {
  /** Null when it is not a plain string. */
  readonly specifier: string | null;
  /** Not present at run time: `import type`, `export type`, `import('…').Name`. */
  readonly isTypeOnly: boolean;
  /** `import()`. */
  readonly isDynamic: boolean;
  readonly line: number;
}

type Relative = Reference & { readonly specifier: string };

function checkReference(
  file: string,
  reference: Reference,
  sources: Sources,
  optionalPeers: readonly string[],
): Rule | null {
  const { specifier, isTypeOnly, isDynamic } = reference;
  const room = roomOf(file);
  const isLeaf = LEAVES.includes(file);
  if (specifier === null) return isDynamic && LOADERS.includes(file) ? null : 'target';

  if (!isRelative(reference)) {
    if (isLeaf) return 'leaf';
    if (specifier.startsWith('node:') && isBuiltin(specifier)) {
      return PURE_ROOMS.includes(room ?? '') || isForBrowsers(file) ? 'pure' : null;
    }
    const name = packageOf(specifier);
    if (BUNDLED.get(room ?? '')?.includes(name)) return null;
    return (isTypeOnly || isDynamic) && optionalPeers.includes(name) ? null : 'package';
  }

  const target = resolve(file, specifier);
  if (!sources.has(target) || isTest(target)) return 'target';
  if (isForBrowsers(target) && !isForBrowsers(file)) return 'browser';
  if (isLeaf) return isTypeOnly && LEAVES.includes(target) ? null : 'leaf';
  if (LEAVES.includes(target)) return null;
  const targetRoom = roomOf(target);
  if (targetRoom === room) return null;
  // From here on the reference leads out of the file's room.
  if (targetRoom === null) return 'arrow';
  if (room !== null && !ROOMS.get(room)?.includes(targetRoom)) return 'arrow';
  return target === `${targetRoom}/index.ts` ? null : 'door';
}

/** Within a room: from one sub-room to another. */
function checkStep(file: string, reference: Reference, roomsWithin: SubRooms): Rule | null {
  const room = roomOf(file);
  const arrows = room === null ? undefined : roomsWithin.get(room);
  if (arrows === undefined || isFace(file) || !isRelative(reference)) return null;
  const target = resolve(file, reference.specifier);
  const [from, to] = [subRoomOf(file), subRoomOf(target)];
  if (roomOf(target) !== room || isFace(target) || from === to) return null;
  if (arrows[from]?.includes(to) === true) return null;
  return reference.isTypeOnly && NAMED_BY_TYPE.get(`${room}/${from}`)?.includes(to) === true ? null : 'step';
}

/** The number of files in each folder, without tests. */
function countFiles(sources: Sources): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of sources.keys()) {
    const folder = posix.dirname(file);
    if (!isTest(file) && folder !== '.') counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}

function referencesOf(file: string, text: string): Reference[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const references: Reference[] = [];
  const add = (node: ts.Node, isTypeOnly: boolean, isDynamic = false): void => {
    const specifier = ts.isStringLiteralLike(node) ? node.text : null;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    references.push({ specifier, isTypeOnly, isDynamic, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      // With verbatimModuleSyntax `import { type A }` stays as `import {}`: only `import type` is gone.
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression, ts.isImportEqualsDeclaration(node.parent) && node.parent.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, true);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const isImport = callee.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(callee) && callee.text === 'require';
      if (isImport || isRequire) add(node.arguments[0] ?? node, false, isImport);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return references;
}

/** One cycle for each group of files that import each other. It begins and ends with the same file. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return cycles;
}

/** The first folder of the path; null in the root. */
function roomOf(file: string): string | null {
  const slash = file.indexOf('/');
  return slash < 0 ? null : file.slice(0, slash);
}

/** The folder within the room; '' for files in the room itself. */
function subRoomOf(file: string): string {
  const [, folder = '', name] = file.split('/');
  return name === undefined ? '' : folder;
}

/** Whether `file` is the index of a room, through which others enter it, or what of it is published as a sub-path. */
function isFace(file: string): boolean {
  const [, name, ...deeper] = file.split('/');
  return (name === 'index.ts' || name === 'public.ts') && deeper.length === 0;
}

/** `name.browser.ts` replaces `name.ts` in the browser's build. A folder `browser` is only for that build. */
function isForBrowsers(file: string): boolean {
  return file.endsWith('.browser.ts') || file.includes('/browser/');
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}

function isRelative(reference: Reference): reference is Relative {
  return reference.specifier?.startsWith('.') ?? false;
}

/** The path under src/. One that begins with `..` is outside. */
function resolve(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
