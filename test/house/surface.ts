import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'build/surface');

/** The public names of one entry of the package. */
export interface Surface {
  /** Every exported name with its declaration, as TypeScript's users see it, without comments. */
  readonly text: string;
  /** Types of the package in those declarations that no entry exports: `name, in name`. */
  readonly unreachable: readonly string[];
}

/** The surfaces of `entries`, files under src/. Their declarations are those that the build publishes. */
export function surfacesOf(entries: readonly string[]): Map<string, Surface> {
  const declarations = emitDeclarations(entries);
  const program = ts.createProgram(
    entries.map((entry) => declarationOf(entry)),
    { ...buildOptions(), noEmit: true },
    hostOf(declarations),
  );
  const checker = program.getTypeChecker();
  const exportsOf = (entry: string): Map<string, ts.Symbol> => {
    const source = program.getSourceFile(declarationOf(entry));
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} exports nothing`);
    const names = checker.getExportsOfModule(module).map((symbol) => [symbol.name, resolved(checker, symbol)] as const);
    return new Map([...names].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const exported = new Map(entries.map((entry) => [entry, exportsOf(entry)]));
  const reachable = new Set([...exported.values()].flatMap((symbols) => [...symbols.values()]));
  const isOurs = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some((declaration) => declaration.getSourceFile().fileName.startsWith(OUT)) === true;
  const surfaces = new Map<string, Surface>();
  for (const [entry, symbols] of exported) {
    const unreachable = new Set<string>();
    /** Classes that public ones extend, and types local to their module. They are included, and cannot be imported. */
    const behind = new Set<ts.Symbol>();
    const queue = [...symbols];
    for (const [name, symbol] of queue) {
      for (const { used, isBase } of typesIn(checker, symbol)) {
        if (!isOurs(used) || reachable.has(used) || behind.has(used)) continue;
        if (!isBase && !isLocal(used)) {
          unreachable.add(`${used.name}, in ${name}`);
          continue;
        }
        behind.add(used);
        queue.push([used.name, used]);
      }
    }
    const named = [...symbols].map(([name, symbol]) => print(name, symbol));
    const rest = [...behind].map((symbol) => print(symbol.name, symbol)).sort();
    const text = [...named, ...(rest.length > 0 ? ['// Behind these, and not to be imported:\n', ...rest] : [])].join(
      '\n',
    );
    surfaces.set(entry, { text, unreachable: [...unreachable].sort() });
  }
  return surfaces;
}

function buildOptions(): ts.CompilerOptions {
  const file = join(ROOT, 'src', 'tsconfig.build.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file), {}, file);
  return { ...options, outDir: OUT, noCheck: true, emitDeclarationOnly: true };
}

function emitDeclarations(entries: readonly string[]): Map<string, string> {
  const written = new Map<string, string>();
  const program = ts.createProgram(
    entries.map((entry) => join(ROOT, 'src', entry)),
    buildOptions(),
  );
  program.emit(undefined, (file, text) => void written.set(file, text));
  return written;
}

/** Reads the emitted declarations from memory, and all else from the disk. */
function hostOf(declarations: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(buildOptions());
  const { getSourceFile, fileExists, readFile } = host;
  return {
    ...host,
    fileExists: (file) => declarations.has(file) || fileExists.call(host, file),
    readFile: (file) => declarations.get(file) ?? readFile.call(host, file),
    directoryExists: undefined as never, // the folder of the declarations exists in memory alone
    getSourceFile: (file, options) => {
      const text = declarations.get(file);
      return text === undefined
        ? getSourceFile.call(host, file, options)
        : ts.createSourceFile(file, text, options, true);
    },
  };
}

function declarationOf(entry: string): string {
  return join(OUT, entry.replace(/\.ts$/, '.d.ts'));
}

function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

/** A type that a declaration names. */
interface Use {
  readonly used: ts.Symbol;
  /** It is after `extends`. */
  readonly isBase: boolean;
}

/** The types in the declarations of `symbol`, except those of `protected` members. */
function typesIn(checker: ts.TypeChecker, symbol: ts.Symbol): Use[] {
  const found: Use[] = [];
  const add = (name: ts.Node, isBase: boolean): void => {
    const used = checker.getSymbolAtLocation(name);
    if (used !== undefined && (used.flags & (ts.SymbolFlags.TypeParameter | ts.SymbolFlags.EnumMember)) === 0) {
      found.push({ used: resolved(checker, used), isBase });
    }
  };
  const visit = (node: ts.Node): void => {
    if (isHidden(node)) return;
    // A constructor's types concern subclasses, as `protected` members do.
    if (ts.isTypeParameterDeclaration(node) && (symbol.flags & ts.SymbolFlags.Class) !== 0) return;
    if (ts.isTypeReferenceNode(node)) add(node.typeName, false);
    else if (ts.isTypeQueryNode(node)) add(node.exprName, false);
    if (ts.isHeritageClause(node)) for (const { expression } of node.types) add(expression, true);
    else ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return found;
}

/** Whether a type is not exported by its own module, where it is part of another one. */
function isLocal(symbol: ts.Symbol): boolean {
  const flags = (symbol.declarations ?? []).map((declaration) => ts.getCombinedModifierFlags(declaration));
  return flags.every((each) => (each & ts.ModifierFlags.Export) === 0);
}

/** A `protected` member: not for the package's users. */
function isHidden(node: ts.Node): boolean {
  return ts.isClassElement(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Protected) !== 0;
}

function print(name: string, symbol: ts.Symbol): string {
  const printer = ts.createPrinter({ removeComments: true });
  const texts = (symbol.declarations ?? []).map((declaration) => {
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  });
  const origin = symbol.name === name ? '' : `// as ${name}\n`;
  return `${origin}${texts.join('\n')}\n`;
}
