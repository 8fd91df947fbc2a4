import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CommandError } from '../../command/command-error.ts';
import { ExitCode } from '../../command/exit-code.ts';
import { printable } from '../../terminal/printable.ts';
import { compare, type Findings } from './findings.ts';

const DEEPEST = 40;
const MOST_FILES = 200_000;
/** Text files of a game are far smaller; bytes. */
const LARGEST = 64 * 2 ** 20;

/** The files of a Godot project, by their paths in it: `res://player.gd`. */
export class ProjectFiles {
  readonly #root: string;
  readonly #findings: Findings;
  /** Absolute paths. */
  readonly #files = new Map<string, string>();

  /** Throws `CommandError` unless `directory` has a `project.godot`. */
  constructor(directory: string, findings: Findings) {
    this.#findings = findings;
    try {
      this.#root = realpathSync(directory);
      statSync(join(this.#root, 'project.godot'));
    } catch {
      const next = 'GAME_DIR is the directory of the game: the one in which Godot has put project.godot.';
      throw new CommandError(ExitCode.IO, `${printable(directory)} has no project.godot.`, next);
    }
    this.#walk(this.#root, 'res://', new Set([this.#root]), 0);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** In the order of their paths. */
  withEnding(...endings: readonly string[]): string[] {
    return [...this.#files.keys()].filter((path) => endings.some((ending) => path.endsWith(ending))).sort(compare);
  }

  /** The text of a file; null when it cannot be read, which is a finding. */
  read(path: string): string | null {
    const file = this.#files.get(path);
    if (file === undefined) return null;
    try {
      if (statSync(file).size > LARGEST) throw new Error(`it is larger than ${LARGEST / 2 ** 20} MB`);
      const bytes = readFileSync(file);
      if (bytes.includes(0)) throw new Error('it is a binary file');
      return bytes.toString('utf8');
    } catch (error) {
      this.#findings.error(path, 0, `cannot be read: ${reasonOf(error, file)}`);
      return null;
    }
  }

  #walk(folder: string, path: string, ancestors: ReadonlySet<string>, depth: number): void {
    let names: string[];
    try {
      names = readdirSync(folder).sort(compare);
    } catch (error) {
      this.#findings.error(path, 0, `cannot be read: ${reasonOf(error, folder)}`);
      return;
    }
    // Godot does not look into such folders either.
    if (names.includes('.gdignore')) return;
    for (const name of names) {
      if (name.startsWith('.') || (depth === 0 && name === 'node_modules')) continue;
      this.#visit(join(folder, name), `${path}${name}`, ancestors, depth);
    }
  }

  #visit(file: string, path: string, ancestors: ReadonlySet<string>, depth: number): void {
    let real = file;
    let stats: Stats;
    try {
      stats = lstatSync(file);
      if (stats.isSymbolicLink()) {
        real = realpathSync(file);
        stats = statSync(real);
        if (!real.startsWith(this.#root + sep)) throw new Error('it is a link out of the project');
      }
    } catch (error) {
      this.#findings.note(path, 0, `not read: ${reasonOf(error, file)}`);
      return;
    }
    if (stats.isFile()) {
      if (this.#files.size < MOST_FILES) this.#files.set(path, real);
      else this.#findings.error('res://', 0, `there are more than ${MOST_FILES} files: the rest is not read`);
    } else if (stats.isDirectory() && !ancestors.has(real)) {
      if (depth < DEEPEST) this.#walk(real, `${path}/`, new Set([...ancestors, real]), depth + 1);
      else this.#findings.error(path, 0, `folders deeper than ${DEEPEST} levels are not read`);
    }
  }
}

/** The system's reason, without the absolute path, which differs between machines. */
function reasonOf(error: unknown, file: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(file, '').replace(/, \w+ ''$/, '');
}
