import { randomBytes } from 'node:crypto';
import { type BigIntStats, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { isError } from '../../bytes.ts';

/**
 * The file of a Unix socket that this process listens on. Its device and inode tell it from a file that replaced it: while the
 * socket is open, no other file has them.
 */
export class SocketFile {
  readonly #path: string;
  readonly #identity: string;

  private constructor(path: string, identity: string) {
    this.#path = path;
    this.#identity = identity;
  }

  /** The file at `path`; null when there is none. */
  static at(path: string): SocketFile | null {
    const identity = identityOf(path);
    return identity === null ? null : new SocketFile(path, identity);
  }

  /**
   * Calls `close`, in which libuv removes any file at the path. A file that is not this one is restored afterwards; it is
   * missing for some microseconds.
   */
  closeWith(close: () => void): void {
    const identity = identityOf(this.#path);
    const restore = identity === null || identity === this.#identity ? null : putAside(this.#path);
    try {
      close();
    } finally {
      restore?.();
    }
  }
}

/** Null when there is no file, and when it cannot be read: a directory of the path was replaced, or may not be searched. */
function identityOf(path: string): string | null {
  let found: BigIntStats | undefined;
  attempt(() => {
    found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/**
 * Gives the file a second name, and returns a function that restores the first one. Null where the system allows neither;
 * then it does not allow removing the file either (a directory, a file of another user in a sticky directory).
 */
function putAside(path: string): (() => void) | null {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  if (attempt(() => linkSync(path, aside))) {
    return () => {
      // If another process has listened meanwhile, this fails, and its file stays.
      attempt(() => linkSync(aside, path));
      attempt(() => unlinkSync(aside));
    };
  }
  // A file system without hard links.
  if (!attempt(() => renameSync(path, aside))) return null;
  return () => {
    attempt(() => (identityOf(path) === null ? renameSync(aside, path) : unlinkSync(aside)));
  };
}

/** False when the system refuses. */
function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (isError(error) && 'code' in error) return false;
    throw error;
  }
}
