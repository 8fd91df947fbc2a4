import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The compiler's errors for TypeScript sources, each a module, with this repository's settings. */
export function complaintsAbout(sources: readonly string[]): string[] {
  return complaintsIn(new Map(sources.map((text, index) => [`snippet ${index}`, text]))).map(({ message }) => message);
}

/** An error in a source: `line` counts from 1. */
export interface Complaint {
  readonly name: string;
  readonly line: number;
  readonly message: string;
  /** The compiler's number for it. */
  readonly code: number;
}

/** The same for sources with names. */
export function complaintsIn(sources: ReadonlyMap<string, string>): Complaint[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const files = new Map([...sources.keys()].map((name, index) => [`${root}test/docs/snippet-${index}.ts`, name]));
  const textOf = (file: string): string | undefined => sources.get(files.get(file) ?? '');
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => textOf(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = textOf(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0]);
  };
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host,
  );
  return [...files].flatMap(([file, name]) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText, code }) => ({
      name,
      code,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
  });
}
