import { compare } from '../project/findings.ts';

export type Entry = 'tickpeer/multiplayer' | 'tickpeer/variant';

/** The names that the declarations import. */
export class ModuleImports {
  readonly #names: Readonly<Record<Entry, Set<string>>> = {
    'tickpeer/multiplayer': new Set(),
    'tickpeer/variant': new Set(),
  };

  /** Returns the name, for the text. */
  use(entry: Entry, name: string): string {
    this.#names[entry].add(name);
    return name.replace(/^type /, '');
  }

  lines(): string[] {
    const entries: readonly Entry[] = ['tickpeer/multiplayer', 'tickpeer/variant'];
    return entries.flatMap((entry) => {
      const bare = (name: string): string => name.replace(/^type /, '').toLowerCase();
      const names = [...this.#names[entry]].sort(
        (one, other) => compare(bare(one), bare(other)) || compare(one, other),
      );
      if (names.length === 0) return [];
      const line = `import { ${names.join(', ')} } from '${entry}';`;
      if (line.length <= 120) return [line];
      return ['import {', ...names.map((name) => `  ${name},`), `} from '${entry}';`];
    });
  }
}
