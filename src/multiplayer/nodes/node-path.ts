// Paths of nodes, and of properties (a node's path, a colon, a name). scene-types.ts has the same rules as types.

/** The path of the game's root, to which all other paths are relative. */
const ROOT = '/root';

/** The path of the parent; `.` for a node directly below the root, and for the root itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of a node below `parent`. */
export function join(parent: string, path: string): string {
  if (path === '.' || path === '') return parent;
  return parent === '.' ? path : `${parent}/${path}`;
}

/**
 * The node at `path`, seen from the node `from`: `..` is its parent. A path that begins with `/root/` starts at the
 * game's root. Throws `TypeError` for a path that leads out of the root.
 */
export function resolve(from: string, path: string): string {
  if (path === ROOT || path.startsWith(`${ROOT}/`)) return path.slice(ROOT.length + 1) || '.';
  if (path.startsWith('/')) throw new TypeError(`"${path}" does not begin with ${ROOT}`);
  let at = from;
  for (const name of path.split('/')) {
    if (name === '..') {
      if (at === '.') throw new TypeError(`"${path}" leads out of the root, seen from "${from}"`);
      at = parentOf(at);
    } else {
      at = join(at, name);
    }
  }
  return at;
}

/** Whether `path` is that of a node below the root of a game or a scene: names with `/` in between. */
export function isPathBelow(path: string): boolean {
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !/[:@"%\0]/.test(name));
}

/** A property's node, relative to the root node of its synchronizer, and its name there, which may have colons. */
export function splitProperty(key: string): { readonly node: string; readonly name: string } {
  const colon = key.indexOf(':');
  return colon < 0 ? { node: '.', name: key } : { node: key.slice(0, colon) || '.', name: key.slice(colon + 1) };
}

/** What a node's name must not contain (docs/engine/multiplayer-wire.md#spawn). */
const FORBIDDEN = /[.:@/"%\0]/;

/** Whether the engine lets a spawned node have this name. */
export function isNodeName(name: string): boolean {
  return name.length > 0 && !FORBIDDEN.test(name);
}

/** `name` with `_` for each character that a name must not contain. */
export function allowedName(name: string): string {
  return name.replace(new RegExp(FORBIDDEN, 'g'), '_');
}
