// Prepares a release: node scripts/release.mjs 1.2.3
//
// Checks that the working tree is clean, sets the version, moves the changelog's "Unreleased" under it, builds, packs, and checks
// the packed package. It commits, tags and publishes nothing: it prints the commands for that. If a step fails, the changed files
// are restored.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseUnreleased } from './changelog.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CHANGED = ['CHANGELOG.md', 'package.json', 'package-lock.json'];

const [version, ...rest] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version ?? '') || rest.length > 0) {
  console.error('node scripts/release.mjs VERSION, for example 1.2.3 or 1.2.3-beta.1');
  process.exit(2);
}

try {
  checkTree();
} catch (error) {
  stop(error);
}
let tarball;
try {
  setVersion();
  tarball = pack();
  checkPackage(tarball);
} catch (error) {
  git('checkout', '--', ...CHANGED);
  stop(error);
}

console.log(`
${version} is ready. Read the changes (git diff), then:

  git commit -m ${version} ${CHANGED.join(' ')}
  git tag v${version}
  git push origin HEAD v${version}
  npm publish ${tarball}
`);

function checkTree() {
  const changes = git('status', '--porcelain');
  if (changes !== '') throw new Error(`the working tree is not clean:\n${changes}`);
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`the tag v${version} exists already`);
}

function setVersion() {
  const changelog = join(root, 'CHANGELOG.md');
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(changelog, releaseUnreleased(readFileSync(changelog, 'utf8'), version, today));
  npm('version', version, '--no-git-tag-version', '--allow-same-version');
}

/** Returns the path of the tarball. `npm pack` builds first (`prepack`). */
function pack() {
  const folder = join('build', 'release');
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  npm('pack', '--pack-destination', folder);
  return join(folder, `tickpeer-${version}.tgz`);
}

function checkPackage(path) {
  npm('ci', '--prefix', join('test', 'package'));
  run(process.execPath, [join('test', 'package', 'check.mjs'), path]);
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

function npm(...args) {
  run('npm', args);
}

function run(command, args) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

function stop(error) {
  console.error(`not released: ${error.message}`);
  process.exit(1);
}
