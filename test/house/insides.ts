import ts from 'typescript';
import type { Sources } from './walls.ts';

/** For each class, the names of its members that users do not see: `private`, `protected` and `@internal` ones. */
export function insidesOf(sources: Sources): ReadonlyMap<string, ReadonlySet<string>> {
  const insides = new Map<string, Set<string>>();
  for (const [file, text] of sources) {
    if (file.endsWith('.test.ts')) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    ts.forEachChild(source, (node) => {
      if (!ts.isClassDeclaration(node) || node.name === undefined) return;
      const names = insides.get(node.name.text) ?? new Set();
      insides.set(node.name.text, names);
      for (const member of node.members) {
        if (member.name !== undefined && isInside(member)) names.add(member.name.getText(source));
      }
    });
  }
  return insides;
}

/** Whether a member is `private`, `protected` or `@internal`. */
export function isInside(member: ts.ClassElement | ts.TypeElement): boolean {
  const flags = ts.getCombinedModifierFlags(member);
  if ((flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0) return true;
  return ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
}
