// Checks the published types for several kinds of programs, with every supported compiler: for check.mjs.
import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `requiresModules`: whether its `module: nodenext` lets CommonJS `require` an ES module. */
const COMPILERS = [
  { name: 'typescript-5.7', requiresModules: false }, // the oldest; README.md names it
  { name: 'typescript-5.9', requiresModules: true },
  { name: 'typescript', requiresModules: true }, // the checkout's own
  { name: 'typescript-7.0', requiresModules: true },
];

const NODE = { lib: ['es2022'], types: ['node'] };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const PAGE = ['smoke-browser.ts', 'smoke-peer.ts', 'fresh-bytes.ts'];

/**
 * The programs: the compiler's options, and the files. The package's declarations are checked with each (`skipLibCheck` is false)
 * except in a project without Node's types, since they use some of those, and beside NATS, whose own do not pass.
 */
function programsFor({ requiresModules }) {
  const required = requiresModules ? ['smoke-require.cts', 'require-entries.cts'] : [];
  return {
    'module nodenext': [{ ...NODE, module: 'nodenext' }, ['smoke.ts', 'entries.ts', ...required]],
    'module node16': [{ ...NODE, module: 'node16' }, ['smoke.ts', 'entries.ts', 'import-entries.cts']],
    'a cluster, with the types of NATS': [{ ...NODE, module: 'nodenext', skipLibCheck: true }, ['cluster-entry.ts']],
    "a bundler, with Node's types and the DOM's": [
      { ...BUNDLER, lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] },
      [...PAGE, 'smoke.ts', 'entries.ts'],
    ],
    "a bundler, with the DOM's types only": [
      { ...BUNDLER, lib: ['es2022', 'esnext.disposable', 'dom'], types: [], skipLibCheck: true },
      [...PAGE, 'entries.ts'],
    ],
  };
}

/** All checks: the name, and the function that runs it. `project` has the package; `run` runs a script and throws if it fails. */
export function typeChecks(root, project, run) {
  return COMPILERS.flatMap((compiler) => {
    const { tsc, version } = programOf(root, compiler.name);
    return Object.entries(programsFor(compiler)).map(([name, [options, files]], index) => {
      const path = join(project, `tsconfig.${compiler.name}.${index}.json`);
      return {
        name: `types, TypeScript ${version}, ${name}`,
        check: () => check(root, path, options, files, () => run(tsc, ['-p', path])),
      };
    });
  });
}

/** The oldest compiler that the packed documents name is the oldest that is checked. */
export function checkOldest(root, documents) {
  const oldest = programOf(root, COMPILERS[0].name).version.replace(/\.\d+$/, '');
  const named = documents.flatMap((text) =>
    [...text.matchAll(/TypeScript (\d+\.\d+) or newer/g)].map(([, version]) => version),
  );
  if (named.length === 0) throw new Error('no document says "TypeScript N.N or newer"');
  const others = named.filter((version) => version !== oldest);
  if (others.length > 0)
    throw new Error(`the documents name TypeScript ${others.join(', ')}, and the oldest checked is ${oldest}`);
}

/** Copies the programs of test/consumer/ into the project. */
export function copyConsumers(root, project) {
  const folder = join(root, 'test', 'consumer');
  for (const file of readdirSync(folder).filter((name) => /\.c?ts$/.test(name))) {
    copyFileSync(join(folder, file), join(project, file));
  }
}

/** A program that uses `tickpeer/cluster` has its optional peers, whose types it needs. */
export function installOptionalPeers(root, project) {
  const folder = join('node_modules', '@nats-io');
  symlinkSync(join(root, folder), join(project, folder));
}

function check(root, path, options, files, compile) {
  const isWithNode = options.types.length > 0;
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    target: 'es2022',
    typeRoots: isWithNode ? [join(root, 'node_modules', '@types')] : [],
    ...options,
  };
  writeFileSync(path, JSON.stringify({ compilerOptions, files }));
  return compile();
}

/** The checkout's own compiler is in node_modules/, the others are in test/package/node_modules/. */
function programOf(root, name) {
  const folders = [join(root, 'node_modules', name), join(root, 'test', 'package', 'node_modules', name)];
  const folder = folders.find((path) => existsSync(path));
  if (folder === undefined) throw new Error(`${name} is not installed: npm ci --prefix test/package`);
  const { bin, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { tsc: join(folder, bin.tsc), version };
}
