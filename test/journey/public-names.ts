import { join } from 'node:path';
import ts from 'typescript';
import { isInside } from '../house/insides.ts';
import { readSources } from '../house/walls.ts';

type Declaration = ts.ClassDeclaration | ts.InterfaceDeclaration;

/** For each class under `root`, by its name: the names of its public members, with the inherited ones. */
export function publicNames(root: string): ReadonlyMap<string, readonly string[]> {
  // A class may have an interface of its name, which declares further members.
  const declarations = new Map<string, Declaration[]>();
  for (const [path, text] of readSources(root)) {
    if (/\.(test|browser)\.ts$/.test(path)) continue;
    const source = ts.createSourceFile(join(root, path), text, ts.ScriptTarget.Latest, true);
    source.forEachChild((node) => {
      if (!ts.isInterfaceDeclaration(node) && (!ts.isClassDeclaration(node) || node.name === undefined)) return;
      // `name.bare.ts` has the part of a class that needs no Variants, and is imported as `BareName` by the whole one.
      const name = `${path.endsWith('.bare.ts') ? 'Bare' : ''}${node.name!.text}`;
      declarations.set(name, [...(declarations.get(name) ?? []), node]);
    });
  }
  return new Map([...declarations.keys()].map((name) => [name, [...new Set(namesOf(name, declarations))]]));
}

function namesOf(name: string, declarations: ReadonlyMap<string, readonly Declaration[]>): string[] {
  return (declarations.get(name) ?? []).flatMap((declaration) => {
    const members: readonly (ts.ClassElement | ts.TypeElement)[] = declaration.members;
    const own = members.filter(isPublic).map((member) => member.name?.getText() ?? '');
    const bases = declaration.heritageClauses?.filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) ?? [];
    const inherited = bases.flatMap(({ types }) =>
      types.flatMap((type) => namesOf(type.expression.getText(), declarations)),
    );
    return [...own, ...inherited].filter((member) => member !== '');
  });
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  return member.name !== undefined && !ts.isPrivateIdentifier(member.name) && !isInside(member);
}
