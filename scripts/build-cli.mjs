// The command line: src/cli and the packages that it uses, in dist/cli/. The rooms that it stands on are those of dist/,
// so that nothing is in the package twice. The packages that are bundled in are devDependencies; their licences are
// collected in dist/cli/LICENSES.txt.
//
//   node scripts/build-cli.mjs            part of `npm run build`, after build-node.mjs
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'src/cli');
const target = join(root, 'dist/cli');

/** Imports of other rooms stay imports, of the files that build-node.mjs has written. */
const otherRooms = {
  name: 'tickpeer rooms',
  resolveId(specifier, importer) {
    if (importer === undefined || !specifier.startsWith('.') || !importer.startsWith(cli + sep)) return null;
    const file = join(dirname(importer), specifier);
    if (file.startsWith(cli + sep)) return null;
    const built = relative(join(root, 'src'), file).split(sep).join('/').replace(/\.ts$/, '.js');
    return { id: `../${built}`, external: true };
  },
};

const bundle = await rolldown({
  input: join(cli, 'main.ts'),
  platform: 'node',
  plugins: [otherRooms],
  checks: { eval: false }, // hdr-histogram-js looks for zlib by it, to write logs, which is not used
});
const { output } = await bundle.write({
  dir: target,
  format: 'es',
  entryFileNames: 'main.js',
  chunkFileNames: '[name].js',
  minify: true, // the packages for certificates alone are 640 kB of source
});
await bundle.close();
chmodSync(join(target, 'main.js'), 0o755);

const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
const packages = new Set(modules.map((id) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id)?.[0]));
writeFileSync(
  join(target, 'LICENSES.txt'),
  [...packages]
    .filter((directory) => directory !== undefined)
    .sort()
    .map(licenceOf)
    .join('\n'),
);

/** @param {string} directory of a package */
function licenceOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry) && existsSync(join(directory, entry)));
  const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n\n----\n`;
}
