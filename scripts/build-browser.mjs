// The browser's build: one ES module, in which a file `name.browser.ts` replaces `name.ts`.
//
//   node scripts/build-browser.mjs        writes dist/index.browser.js and dist/browser/; part of `npm run build`
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Resolves `tickpeer` to the sources for a browser: a file `name.browser.ts` replaces `name.ts`; for
 * `tickpeer/peer`, which has no Variants, `name.bare.ts` before that.
 * @param {{ isBare?: boolean }} [options]
 */
function browserFiles({ isBare = false } = {}) {
  const kinds = isBare ? ['bare', 'browser'] : ['browser'];
  return {
    name: 'tickpeer browser files',
    resolveId(specifier, importer) {
      const [, room] = /^tickpeer(?:\/(\w+))?$/.exec(specifier) ?? ['', null];
      if (room !== null) return entryOf(room ?? 'index');
      if (specifier.startsWith('node:')) throw new Error(`${importer} imports ${specifier}: it needs a .browser.ts`);
      if (!specifier.endsWith('.ts') || !specifier.startsWith('.') || importer === undefined) return null;
      const file = join(dirname(importer), specifier);
      const standIns = kinds.map((kind) => file.replace(/\.ts$/, `.${kind}.ts`));
      return standIns.find((standIn) => standIn !== importer && existsSync(standIn)) ?? null;
    },
  };
}

/**
 * One ES module with everything that the file `input` imports, and nothing unused.
 * @param {string} input
 * @param {{ minify?: boolean, isBare?: boolean }} [options] `isBare`: as the build of `tickpeer/peer`, without Variants.
 */
export async function bundleForBrowser(input, { minify = false, isBare = false } = {}) {
  const bundle = await rolldown({ input, platform: 'browser', plugins: [browserFiles({ isBare })] });
  try {
    const { output } = await bundle.generate({ format: 'es', minify });
    if (output.filter(({ type }) => type === 'chunk').length !== 1) throw new Error('one module was expected');
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // For a plain <script type="module">: one file.
  const alone = await rolldown({ input: join(root, 'src/index.ts'), platform: 'browser', plugins: [browserFiles()] });
  await alone.write({ file: join(root, 'dist/index.browser.js'), format: 'es' });
  await alone.close();
  // Without Variants: one file, too.
  const bare = await rolldown({
    input: entryOf('peer'),
    platform: 'browser',
    plugins: [browserFiles({ isBare: true })],
  });
  await bare.write({ file: join(root, 'dist/browser/peer.js'), format: 'es' });
  await bare.close();
  // A browser's WebSocketPeer needs little of the protocol. Shared with the others, it would cost every page 80 bytes.
  const protocol = await rolldown({ input: entryOf('protocol'), platform: 'browser', plugins: [browserFiles()] });
  await protocol.write({ file: join(root, 'dist/browser/protocol.js'), format: 'es' });
  await protocol.close();
  // For bundlers: the sub-paths share their common modules, so that all of them have the same Vector2.
  const input = Object.fromEntries(['index', 'variant', 'multiplayer', 'testing'].map((name) => [name, entryOf(name)]));
  const shared = await rolldown({ input, platform: 'browser', plugins: [browserFiles()] });
  await shared.write({
    dir: join(root, 'dist/browser'),
    format: 'es',
    chunkFileNames: 'shared-[name].js',
  });
  await shared.close();
}

function entryOf(name) {
  if (name === 'protocol' || name === 'multiplayer') return join(root, `src/${name}/public.ts`);
  return join(root, name === 'index' ? 'src/index.ts' : `src/${name}/index.ts`);
}
