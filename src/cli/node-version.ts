// This file runs in versions of Node that are older than the package supports: only syntax and modules of Node 14.

/**
 * The words for a Node of version `have` that is older than `range` allows (`>=20.19.0`, as in package.json); an empty text for one that
 * is not.
 */
export function tooOld(have: string, range: string): string {
  const needed = range.replace(/^>=\s*/, '');
  const [mine, theirs] = [have, needed].map((version) => version.split('.').map((part) => Number.parseInt(part, 10)));
  if (mine === undefined || theirs === undefined) return '';
  for (let at = 0; at < 3; at++) {
    const [one = 0, other = 0] = [mine[at], theirs[at]];
    if (one > other) return '';
    if (one < other) {
      return `tickpeer: Node ${needed} or newer is needed, and this is Node ${have}.\nInstall it from https://nodejs.org, or by your version manager.`;
    }
  }
  return '';
}
