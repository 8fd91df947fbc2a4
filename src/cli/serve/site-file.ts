import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** What there is for a request. The caller closes `handle`. */
export type Found =
  | FoundFile
  /** A directory that was asked for without a slash at the end: `location` has it. */
  | { readonly kind: 'moved'; readonly location: string }
  | Refused;

export interface FoundFile {
  readonly kind: 'file';
  readonly handle: FileHandle;
  readonly path: string;
  readonly size: number;
  readonly changed: Date;
}

interface Refused {
  readonly kind: 'refused';
  readonly status: 403 | 404 | 500;
  readonly text: string;
}

const NOT_THERE: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL'];

/**
 * Finds the file of `directory` for the target of a request. Nothing outside of the directory is found, also by a symbolic link, and no
 * hidden file. A directory has its index.html, and `/about` may be about.html.
 */
export async function findFile(directory: string, target: string): Promise<Found> {
  const segments = segmentsOf(target);
  const shown = `/${segments?.join('/') ?? ''}`;
  const missing: Refused = { kind: 'refused', status: 404, text: `There is no file for ${shown}.` };
  if (segments === null) return { kind: 'refused', status: 404, text: 'There is no file with such a path.' };
  if (segments.some(isHidden)) return { kind: 'refused', status: 404, text: 'Hidden files are not served.' };
  const endsWithSlash = pathOf(target).endsWith('/');
  try {
    const root = await realpath(directory);
    const path = join(root, ...segments);
    const place = await placeOf(root, path, endsWithSlash);
    if (place === null) return missing;
    if (place.isDirectory && !endsWithSlash && segments.length > 0) {
      return { kind: 'moved', location: `/${segments.map(encodeURIComponent).join('/')}/` };
    }
    const file = place.isDirectory ? await placeOf(root, join(place.path, 'index.html'), true) : place;
    if (file === null || file.isDirectory) {
      return place.isDirectory ? { ...missing, text: `There is no index.html in ${shown}.` } : missing;
    }
    return await opened(file.path, missing);
  } catch (error) {
    const { code = '', message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    if (NOT_THERE.includes(code)) return missing;
    if (code === 'EACCES' || code === 'EPERM')
      return { kind: 'refused', status: 403, text: `${shown} cannot be read.` };
    return { kind: 'refused', status: 500, text: `${shown} cannot be read: ${code === '' ? message : code}.` };
  }
}

interface Place {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** The file or directory behind `path`, or behind `path.html`; null when there is none below `root`. */
async function placeOf(root: string, path: string, isExact: boolean): Promise<Place | null> {
  try {
    const real = await realpath(path);
    const inner = relative(root, real);
    const isOutside = inner === '..' || inner.startsWith(`..${sep}`) || join(root, inner) !== real;
    if (isOutside || inner.split(sep).some(isHidden)) return null;
    const facts = await stat(real);
    // A pipe or a device has no end.
    return facts.isFile() || facts.isDirectory() ? { path: real, isDirectory: facts.isDirectory() } : null;
  } catch (error) {
    const { code = '' }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    if (!NOT_THERE.includes(code)) throw error;
    return isExact ? null : await placeOf(root, `${path}.html`, true);
  }
}

async function opened(path: string, missing: Refused): Promise<Found> {
  const handle = await open(path, 'r');
  try {
    const facts = await handle.stat();
    if (facts.isFile()) return { kind: 'file', handle, path, size: facts.size, changed: facts.mtime };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close(); // it has become something else meanwhile
  return missing;
}

/** The target's path: `/a%20b/`. A proxy asks with the whole URL (RFC 9112 3.2.2). */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0] ?? '';
}

/** The names in a path, decoded; null for one that no file has. */
function segmentsOf(target: string): string[] | null {
  const names: string[] = [];
  for (const part of pathOf(target).split('/')) {
    let name: string;
    try {
      name = decodeURIComponent(part);
    } catch {
      return null; // not UTF-8 behind its percent signs
    }
    // Of an encoded slash, and of what Windows takes for a slash or a drive.
    if (/[/\\\0]/.test(name) || (sep === '\\' && name.includes(':'))) return null;
    if (name !== '') names.push(name);
  }
  return names;
}

/** `.git`, `.env`, and `..`, which leads out of the directory. */
function isHidden(name: string): boolean {
  return name.startsWith('.') && name !== '.well-known';
}
