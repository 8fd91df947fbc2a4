import { join } from 'node:path';
import ts from 'typescript';
import { readSources } from '../house/walls.ts';

/** Of each class under `root`, by its name: the names of its public members, those it inherits included. */
export function publicNames(root: string): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, ts.ClassDeclaration>();
  for (const [path, text] of readSources(root)) {
    if (/\.(test|browser)\.ts$/.test(path)) continue;
    const source = ts.createSourceFile(join(root, path), text, ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      // `name.bare.ts` has the part of a class that needs no Variants, and is imported as `BareName` by the whole one.
      const prefix = path.endsWith('.bare.ts') ? 'Bare' : '';
      if (ts.isClassDeclaration(node) && node.name !== undefined) classes.set(prefix + node.name.text, node);
    });
  }
  return new Map([...classes.keys()].map((name) => [name, [...new Set(namesOf(name, classes))]]));
}

function namesOf(name: string, classes: ReadonlyMap<string, ts.ClassDeclaration>): string[] {
  const declaration = classes.get(name);
  if (declaration === undefined) return [];
  const own = declaration.members.filter(isPublic).map((member) => member.name?.getText() ?? '');
  const base = declaration.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
  const inherited = base?.types.flatMap((type) => namesOf(type.expression.getText(), classes)) ?? [];
  return [...own, ...inherited].filter((member) => member !== '');
}

function isPublic(member: ts.ClassElement): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return false;
  return (ts.getCombinedModifierFlags(member) & hidden) === 0;
}
