// The inspector's page: src/inspector/page with uPlot, in one HTML file, dist/inspector/page.html, which needs nothing else.
//
//   node scripts/build-inspector.mjs      part of `npm run build`, after build-node.mjs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, 'src/inspector/page');
const uplot = join(root, 'node_modules/uplot');

/** The page as one text. `%NONCE%` stands where the server puts the nonce of a response. */
export async function buildInspectorPage() {
  const bundle = await rolldown({ input: join(page, 'main.ts'), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  if (output.length !== 1) throw new Error('one script was expected');
  const read = (file) => readFileSync(file, 'utf8');
  const parts = {
    STYLE: `${read(join(uplot, 'dist/uPlot.min.css'))}\n${read(join(page, 'style.css'))}`,
    // The end of a script cannot stand inside one.
    SCRIPT: output[0].code.replaceAll('</script', '<\\/script'),
    LICENCE: `uPlot, which is part of this page:\n\n${read(join(uplot, 'LICENSE')).replaceAll('--', '- -').trim()}`,
  };
  return read(join(page, 'index.html')).replace(/%(STYLE|SCRIPT|LICENCE)%/g, (_, name) => parts[name]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = join(root, 'dist/inspector');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'page.html'), await buildInspectorPage());
}
