import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** A fenced block of a document. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
}

/** A document of this repository. */
export class Page {
  /** Its path in the repository: `docs/tls.md`. */
  readonly path: string;
  readonly text: string;

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(new URL(path, ROOT), 'utf8');
  }

  get snippets(): Snippet[] {
    return [...this.text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: text = '', index }) => ({
      language,
      text,
      line: this.text.slice(0, index).split('\n').length + 1,
    }));
  }

  /** Its headings' anchors, as GitHub and the site make them. */
  get anchors(): Set<string> {
    const headings = this.#prose.matchAll(/^#{1,6} (.*)$/gm);
    return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
  }

  /** The targets of its links and pictures, except those with a scheme. */
  get links(): string[] {
    const found = [/\]\(([^)\s]+)\)/g, /\b(?:src|srcset|href)="([^"]+)"/g].flatMap((link) => [
      ...this.#prose.replace(/`[^`\n]+`/g, '').matchAll(link),
    ]);
    return found.map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
  }

  get #prose(): string {
    return this.text.replace(/^```.*?^```$/gms, '');
  }
}

/** A snippet in the comment of a source, which the site's reference shows. `…` stands for what the reader knows. */
export function snippetsOfComments(source: string): Snippet[] {
  return [...source.matchAll(/^ *\* ```(\w+)\n(.*?)^ *\* ```$/gms)].map(
    ({ 1: language = '', 2: text = '', index }) => ({
      language,
      text: text.replace(/^ *\* ?/gm, '').replaceAll('{ … }', '{}'),
      line: source.slice(0, index).split('\n').length + 1,
    }),
  );
}

/** README and the others beside it, and everything in docs/ except the generated reference. */
export function allPages(): Page[] {
  const docs = readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.md') && !/^(reference|\.vitepress)\//.test(name));
  const atRoot = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  return [...atRoot, ...docs.sort().map((name) => `docs/${name}`)].map((path) => new Page(path));
}

function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
