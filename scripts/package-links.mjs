// Links from packed documents to files that are not packed: relative in the repository, absolute in the package.
//
//   node scripts/package-links.mjs absolute       part of `npm pack` and `npm publish`, before
//   node scripts/package-links.mjs relative       after; also repairs the documents if packing was interrupted
//   node scripts/package-links.mjs address URL    sets the repository's address, https://…, wherever package.json has it
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Paths to the repository's files after its address: `raw` for pictures, `blob` for the rest. */
const FOLDERS = { blob: '/blob/main/', raw: '/raw/main/' };

/** The repository's address, without `.git`. The one place that defines it is `repository.url`. */
export function addressOf({ repository }) {
  return repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
}

/** The fields of package.json that contain the address. */
export function fieldsFor(address) {
  return {
    author: `the tickpeer authors (${address})`,
    repository: { type: 'git', url: `git+${address}.git` },
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
  };
}

/** The documents that are packed, by their path in the repository. */
export function packedDocuments() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const atRoot = ['README.md', 'CHANGELOG.md', 'SECURITY.md'];
  return [...atRoot, ...docs.map((name) => `docs/${name}`)];
}

/** `text` with absolute links to the files that are not in the package. */
export function withAbsoluteLinks(document, text, address, isPacked) {
  const absolute = (link) => {
    if (/^(#|[a-z]+:)/.test(link)) return link;
    const [path, fragment] = link.split(/(?=#)/);
    const target = posix.join(posix.dirname(document), path);
    return isPacked(target)
      ? link
      : `${address}${FOLDERS[/\.(png|svg)$/.test(target) ? 'raw' : 'blob']}${target}${fragment ?? ''}`;
  };
  return text.replace(/(?<=\]\()[^)\s]+(?=\))/g, absolute).replace(/(?<=\b(?:src|srcset|href)=")[^"]+(?=")/g, absolute);
}

/** The inverse. */
export function withRelativeLinks(document, text, address) {
  const relative = (link) => {
    const [target] = /^[^)#"\s]*/.exec(link);
    return posix.relative(posix.dirname(document), target) + link.slice(target.length);
  };
  return Object.values(FOLDERS).reduce((changed, folder) => {
    const [before, ...links] = changed.split(`${address}${folder}`);
    return before + links.map(relative).join('');
  }, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [mode, address] = process.argv.slice(2);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (mode === 'address' && /^https:\/\/[^/]+\/.*[^/]$/.test(address ?? '') && !address.endsWith('.git')) {
    const text = `${JSON.stringify({ ...manifest, ...fieldsFor(address) }, null, 2)}\n`;
    writeFileSync(join(root, 'package.json'), text);
  } else if (mode === 'absolute' || mode === 'relative') {
    const documents = packedDocuments();
    const isPacked = (path) => documents.includes(path) || path === 'LICENSE' || path === 'package.json';
    for (const document of documents) {
      const file = join(root, document);
      if (!existsSync(file)) throw new Error(`${document} is missing`);
      const text = readFileSync(file, 'utf8');
      const relative = withRelativeLinks(document, text, addressOf(manifest));
      writeFileSync(
        file,
        mode === 'relative' ? relative : withAbsoluteLinks(document, relative, addressOf(manifest), isPacked),
      );
    }
  } else {
    console.error('node scripts/package-links.mjs absolute | relative | address https://HOST/PATH');
    process.exitCode = 2;
  }
}
