// The browser's build: everything in one ES module, where a file `name.browser.ts` stands in for `name.ts`.
//
//   node scripts/build-browser.mjs        writes dist/index.browser.js; part of `npm run build`
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Lets `tickpeer` be the sources, and the sources those of a browser. */
const browserFiles = {
  name: 'tickpeer browser files',
  resolveId(specifier, importer) {
    if (specifier === 'tickpeer') return join(root, 'src/index.ts');
    if (specifier.startsWith('node:')) throw new Error(`${importer} imports ${specifier}: it needs a .browser.ts`);
    if (!specifier.endsWith('.ts') || !specifier.startsWith('.') || importer === undefined) return null;
    const standIn = join(dirname(importer), specifier.replace(/\.ts$/, '.browser.ts'));
    return existsSync(standIn) ? standIn : null;
  },
};

/**
 * One ES module with all that the file `input` imports; nothing unused is in it.
 * @param {string} input
 * @param {{ minify?: boolean }} [options]
 */
export async function bundleForBrowser(input, { minify = false } = {}) {
  const bundle = await rolldown({ input, platform: 'browser', plugins: [browserFiles], treeshake: true });
  try {
    const { output } = await bundle.generate({ format: 'es', minify });
    if (output.filter(({ type }) => type === 'chunk').length !== 1) throw new Error('one module was expected');
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bundle = await rolldown({ input: join(root, 'src/index.ts'), platform: 'browser', plugins: [browserFiles] });
  await bundle.write({ file: join(root, 'dist/index.browser.js'), format: 'es', sourcemap: true });
  await bundle.close();
}
