import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Classes that are exported as types only. */
const TYPES = ['PendingRequest'];

/** The package's exports, by the reports of its public surface. Snippets use them without importing them. */
const EXPORTS: readonly { readonly name: string; readonly isType: boolean; readonly module: string }[] = [
  'tickpeer',
  'tickpeer-multiplayer',
  'tickpeer-variant',
  'tickpeer-testing',
  'tickpeer-rooms',
  'tickpeer-inspector',
].flatMap((report) => {
  const text = readFileSync(new URL(`../house/surface/${report}.d.ts.txt`, import.meta.url), 'utf8');
  const [exported = ''] = text.split('// Behind these');
  const declarations = exported.matchAll(
    /^export (?:declare )?(?:abstract )?(class|interface|type|enum|const|function) (\w+)/gm,
  );
  return [...declarations].map(([, kind = '', name = '']) => {
    return {
      name,
      isType: ['interface', 'type'].includes(kind) || TYPES.includes(name),
      module: report.replace('-', '/'),
    };
  });
});

const MULTIPLAYER = 'declare const multiplayer: import("tickpeer/multiplayer").SceneMultiplayer;';

/** What the snippets of a document, or of a source's comments, use without declaring it. Each line declares one name. */
const DECLARED: Readonly<Record<string, readonly string[]>> = {
  // What `tickpeer import` writes stands there in parts.
  'docs/command-line.md': [
    MULTIPLAYER,
    'type Handlers<Lists> = { readonly [Name in keyof Lists]?: (from: number, name: string) => void };',
    'declare function mainMethods(on: { enter(from: number, name: string): void }): { enter: import("tickpeer/multiplayer").RpcMethod<[name: string]> };',
    'declare function admit(from: number, name: string): void;',
    'declare const playerSpawner: { path: string; spawnPath: string; scenes: import("tickpeer/multiplayer").AnyScene[] };',
    'declare const snowballSpawner: { path: string; spawnPath: string };',
    'declare const data: import("tickpeer/variant").Schema<string>;',
    'declare function makeBall(data: string): import("tickpeer/multiplayer").ReplicatedNode;',
  ],
  'docs/deploying.md': ['declare const server: import("tickpeer").WebSocketServer;'],
  'docs/http-servers.md': [
    'declare const key: string;',
    'declare const cert: string;',
    'declare const server: import("tickpeer").WebSocketServer;',
    'declare const peer: import("tickpeer").WebSocketPeer;',
    'declare const http: import("node:http").Server;',
    'declare const players: Map<import("tickpeer").WebSocketPeer, string>;',
    'declare function findUser(session: string | undefined): Promise<string | null>;',
  ],
  'docs/observing.md': ['declare const packets: Iterable<[bytes: Uint8Array, direction: "sent" | "received"]>;'],
  'docs/polling.md': [
    'declare const socket: import("tickpeer").WebSocketPeer;',
    'declare function handle(packet: string | Uint8Array, isText?: boolean): void;',
  ],
  'docs/proxies.md': ['declare const socket: import("tickpeer").WebSocketPeer;'],
  'docs/scaling.md': ['declare const cluster: import("tickpeer/cluster").Cluster;'],
  'docs/tls.md': [
    'declare const socket: import("tickpeer").WebSocketPeer;',
    'declare const server: import("tickpeer").WebSocketServer;',
    ...['key', 'renewedKey', 'gameKey', 'euKey'].map((name) => `declare const ${name}: import("tickpeer").CryptoKey;`),
    ...['certificate', 'renewedCertificate', 'gameCertificate', 'euCertificate', 'authority'].map(
      (name) => `declare const ${name}: import("tickpeer").X509Certificate;`,
    ),
  ],
  'src/multiplayer/decoding/packet-decoder.ts': ['declare const bytes: Uint8Array;'],
  'src/inspector/attach-inspector.ts': [MULTIPLAYER],
  'src/rooms/rooms.ts': [
    'declare const sockets: import("tickpeer").WebSocketServer;',
    'declare const Lobby: new (room: import("tickpeer/rooms").Room) => import("tickpeer/rooms").RoomLogic;',
    'declare const Match: new (room: import("tickpeer/rooms").Room) => import("tickpeer/rooms").RoomLogic;',
  ],
  'src/testing/recorder.ts': [
    'declare const clock: import("tickpeer").Clock;',
    'declare const chunks: Uint8Array[];',
    'declare const server: import("tickpeer").WebSocketServer;',
    'declare const stream: import("tickpeer").StreamPeer;',
    'declare const address: string;',
  ],
  'src/testing/replay.ts': [
    'declare const recording: Uint8Array;',
    'declare const Game: new (server: import("tickpeer").WebSocketServer) => { tick(): void };',
  ],
  'src/log/log.ts': ['declare const logger: Console;'],
  'src/multiplayer/scene/scene-multiplayer.ts': [
    'declare const peer: import("tickpeer/multiplayer").WebSocketMultiplayerPeer;',
    'declare function snapshot(): string;',
  ],
  'src/multiplayer/rpc/rpc-method.ts': [MULTIPLAYER],
  'src/multiplayer/nodes/interest-grid.ts': [
    MULTIPLAYER,
    'declare const one: import("tickpeer/multiplayer").ReplicatedNode & { position: import("tickpeer/variant").Vector2 };',
    'declare const id: number;',
    'declare function move(): void;',
  ],
  'src/testing/virtual-network.ts': ['client', 'server'].map(
    (name) => `declare const ${name}: import("tickpeer").WebSocketPeer;`,
  ),
  'docs/variant.md': ['declare const snapshot: import("tickpeer/variant").Schema<{ tick: number; players: never[] }>;'],
};

/** Every document and every source that has declarations here. */
export const DOCUMENTS: readonly string[] = Object.keys(DECLARED);

/** Declarations for the names that a snippet uses and does not declare. */
export function declarationsFor(path: string, text: string): string {
  const isMissing = missingIn(text);
  const imported = new Map<string, string>();
  for (const { name, isType, module } of EXPORTS) {
    const isGiven = (DECLARED[path] ?? []).some((line) => nameIn(line) === name);
    if (imported.has(name) || isGiven || !isMissing(name)) continue;
    imported.set(name, `import { ${isType ? 'type ' : ''}${name} } from '${module}';`);
  }
  const lines = [...imported.values()];
  for (const line of DECLARED[path] ?? []) {
    if (isMissing(nameIn(line))) lines.push(line);
  }
  return `${lines.join('\n')}\nexport {};\n`;
}

function nameIn(declaration: string): string {
  return /(?:const|function|type) (\w+)/.exec(declaration)?.[1] ?? '';
}

/** Tells whether a source uses a name that it does not declare at its top. */
function missingIn(text: string): (name: string) => boolean {
  const source = ts.createSourceFile('snippet.ts', text, ts.ScriptTarget.Latest, true);
  const declared = new Set<string>();
  const add = (name: ts.BindingName | undefined): void => {
    if (name === undefined) return;
    if (ts.isIdentifier(name)) declared.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
  };
  source.forEachChild((node) => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      add(node.importClause?.name);
      if (bindings !== undefined && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) add(name);
    } else if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) add(name);
    } else if (
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node)
    ) {
      add(node.name);
    }
  });
  return (name) => !declared.has(name) && new RegExp(`\\b${name}\\b`).test(text);
}
