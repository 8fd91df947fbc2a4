import type { Script } from '../script/script.ts';
import { parseScript } from '../script/script-parser.ts';
import { SyntaxFault } from '../text/syntax-fault.ts';
import { parseTextFile, type Section } from '../text/text-file.ts';
import { numberOf, type TextValue, textOf } from '../text/text-value.ts';
import type { Findings } from './findings.ts';
import type { ProjectFiles } from './project-files.ts';

/** A scene or a resource, as its file has it. */
export interface ResourceFile {
  readonly path: string;
  readonly sections: readonly Section[];
  /** Its `ext_resource` and `sub_resource` sections by their tag and id: `sub_resource 1`. */
  readonly resources: ReadonlyMap<string, Section>;
}

/** Files of a project that Godot has made binary. */
const BINARY = ['.scn', '.res', '.gdc'];

/** A project's settings, scenes, resources and scripts, each read once. */
export class Project {
  readonly findings: Findings;
  readonly #files: ProjectFiles;
  readonly #resources = new Map<string, ResourceFile | null>();
  readonly #scripts = new Map<string, Script | null>();
  readonly #byUid = new Map<string, string>();
  readonly #byClassName = new Map<string, string>();
  readonly settings: readonly Section[];
  /** In the order of their paths. */
  readonly scenePaths: readonly string[];
  readonly scriptPaths: readonly string[];

  constructor(files: ProjectFiles, findings: Findings) {
    this.#files = files;
    this.findings = findings;
    this.settings = this.resource('res://project.godot')?.sections ?? [];
    this.scenePaths = files.withEnding('.tscn');
    this.scriptPaths = files.withEnding('.gd');
    for (const path of files.withEnding(...BINARY)) {
      findings.note(
        path,
        0,
        'binary files are not read: save it as text (.tscn, .tres, .gd) if it has anything remote',
      );
    }
    for (const path of files.withEnding('.uid')) {
      this.#byUid.set(files.read(path)?.trim() ?? '', path.slice(0, -'.uid'.length));
    }
    for (const path of files.withEnding('.tscn', '.tres')) {
      const uid = textOf(this.resource(path)?.sections[1]?.attributes.get('uid'));
      if (uid !== null) this.#byUid.set(uid, path);
    }
    for (const path of this.scriptPaths) {
      const name = this.script(path)?.className ?? null;
      if (name !== null) this.#byClassName.set(name, path);
    }
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** The path behind `uid://…`; another path as it is; null for an unknown id. */
  resolve(reference: string): string | null {
    if (!reference.startsWith('uid://')) return reference;
    return this.#byUid.get(reference) ?? null;
  }

  /** A text resource; null when there is none, or it is not understood, which is a finding. */
  resource(path: string): ResourceFile | null {
    const known = this.#resources.get(path);
    if (known !== undefined) return known;
    const sections = this.#parse(path, parseTextFile);
    const read = sections === null ? null : { path, sections, resources: resourcesOf(sections) };
    this.#resources.set(path, read);
    return read;
  }

  script(path: string): Script | null {
    const known = this.#scripts.get(path);
    if (known !== undefined) return known;
    const script = this.#parse(path, (text) => parseScript(path, text));
    this.#scripts.set(path, script);
    return script;
  }

  /** A script inside a scene or a resource. */
  embeddedScript(path: string, source: string, line: number): Script | null {
    const known = this.#scripts.get(path);
    if (known !== undefined) return known;
    const script = this.#guard(fileOf(path), () => parseScript(path, source, line));
    this.#scripts.set(path, script);
    return script;
  }

  /** The path of the script with this `class_name`. */
  pathOfClass(name: string): string | null {
    return this.#byClassName.get(name) ?? null;
  }

  #parse<T>(path: string, parse: (text: string) => T): T | null {
    const text = this.#files.read(path);
    return text === null ? null : this.#guard(path, () => parse(text));
  }

  #guard<T>(path: string, parse: () => T): T | null {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.findings.error(path, error.line, error.message);
      return null;
    }
  }
}

function resourcesOf(sections: readonly Section[]): Map<string, Section> {
  const found = sections.filter(({ tag }) => tag === 'ext_resource' || tag === 'sub_resource');
  return new Map(found.map((section) => [`${section.tag} ${idText(section.attributes.get('id'))}`, section]));
}

/** Ids are strings; older files have numbers. */
export function idText(value: TextValue | undefined): string {
  return textOf(value) ?? String(numberOf(value) ?? '');
}

/** The file that a script is in: of `res://main.tscn::GDScript_1`, the scene. */
export function fileOf(scriptPath: string): string {
  return scriptPath.replace(/::.*/s, '');
}
