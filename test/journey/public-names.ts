import { join } from 'node:path';
import ts from 'typescript';
import { readSources } from '../house/walls.ts';

/** Of each class under `root`, by its name: the names of its public members, those it inherits included. */
export function publicNames(root: string): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, ts.ClassDeclaration>();
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  for (const [path, text] of readSources(root)) {
    if (/\.(test|browser)\.ts$/.test(path)) continue;
    const source = ts.createSourceFile(join(root, path), text, ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      // `name.bare.ts` has the part of a class that needs no Variants, and is imported as `BareName` by the whole one.
      const prefix = path.endsWith('.bare.ts') ? 'Bare' : '';
      if (ts.isClassDeclaration(node) && node.name !== undefined) classes.set(prefix + node.name.text, node);
      if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, node);
    });
  }
  return new Map([...classes.keys()].map((name) => [name, [...new Set(namesOf(name, [classes, interfaces]))]]));
}

type Declarations = ReadonlyMap<string, ts.ClassDeclaration | ts.InterfaceDeclaration>;

/** Of a class, of the interface of the same name that is merged into it, and of all that these extend. */
function namesOf(name: string, kinds: readonly Declarations[]): string[] {
  return kinds.flatMap((declarations) => {
    const declaration = declarations.get(name);
    if (declaration === undefined) return [];
    const own = [...declaration.members].filter(isPublic).map((member) => member.name?.getText() ?? '');
    const base = declaration.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
    const inherited = base?.types.flatMap((type) => namesOf(type.expression.getText(), kinds)) ?? [];
    return [...own, ...inherited].filter((member) => member !== '');
  });
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return false;
  if (ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')) return false;
  return (ts.getCombinedModifierFlags(member) & hidden) === 0;
}
