import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import type { PageSources } from '../../examples/arena/page-files.ts';
import { bundleForBrowser } from '../../scripts/build-browser.mjs';

const root = new URL('../../', import.meta.url);
const arena = new URL('examples/arena/', root);

/** The page as `npm run build` and `build:examples` make it, in a temporary folder, so that tests need no build. */
export async function buildPage(): Promise<PageSources & { remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-arena-'));
  for (const name of ['page', 'duel']) mkdirSync(join(folder, name));
  for (const name of [
    'wire.ts',
    'controls.ts',
    'duel/wire.ts',
    ...readdirSync(new URL('page/', arena)).map((name) => `page/${name}`),
  ]) {
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(new URL(name, arena), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    writeFileSync(join(folder, name.replace(/\.ts$/, '.js')), outputText);
  }
  writeFileSync(join(folder, 'tickpeer.js'), await bundleForBrowser(fileURLToPath(new URL('src/index.ts', root))));
  for (const name of ['lane-worker', 'storm-worker']) await bundleWorker(name, folder);
  const scripts = pathToFileURL(`${folder}/`);
  return {
    assets: new URL('page/', arena),
    scripts,
    library: new URL('tickpeer.js', scripts),
    plots: new URL('node_modules/uplot/dist/', root),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A worker of the duel, bundled with the library, since threads cannot run TypeScript. */
async function bundleWorker(name: string, folder: string): Promise<void> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`duel/${name}.ts`, arena)),
    platform: 'node',
    resolve: {
      alias: { tickpeer: fileURLToPath(new URL('src/index.ts', root)) },
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    external: ['@peculiar/x509', 'reflect-metadata'],
  });
  await bundle.write({ file: join(folder, 'duel', `${name}.js`), format: 'es' });
  await bundle.close();
}
