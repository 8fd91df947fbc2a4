import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isError } from '../../bytes.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, failed } from '../../failure.ts';

/** The longest path, in bytes: the size of `sun_path` less the NUL at the end. Node checks Windows' pipe names. */
const LONGEST_PATH = process.platform === 'win32' ? Number.POSITIVE_INFINITY : process.platform === 'linux' ? 107 : 103;

/**
 * Checks `path` as the name of a Unix socket; null when it is valid. Throws for anything but a string. (Node and libuv cut
 * a path that is too long, and so use another one.)
 */
export function checkSocketPath(path: string): Failure | null {
  if (typeof path !== 'string') throw new TypeError(`the path of a Unix socket is a string, not ${typeof path}`);
  const problem = problemOf(path);
  return problem === null ? null : { code: 'TICKPEER_INVALID_PATH', message: `the path of the Unix socket ${problem}` };
}

function problemOf(path: string): string | null {
  if (path === '') return 'is empty';
  // A NUL would end the path. At its start, Linux takes it for an abstract name.
  if (path.includes('\0')) return 'has a NUL character';
  const length = Buffer.byteLength(path);
  if (length <= LONGEST_PATH) return null;
  return `has ${length} bytes, and the system takes ${LONGEST_PATH} at most: ${path}`;
}

/** The failure of connecting to `path`. */
export function socketConnectFailure(path: string, cause: NodeJS.ErrnoException): Failure {
  const message = `could not connect to the Unix socket ${path}: ${connectReason(path, cause)}`;
  return failed('TICKPEER_CANT_CONNECT', message, cause);
}

function connectReason(path: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return `there is no such file: no server listens, or at another path (${code})`;
    case 'ENOTDIR':
      return `a part of the path is no directory (${code})`;
    case 'EACCES':
      return `no permission: its file must be writable, its directories searchable (${code})`;
    case 'EAGAIN':
      return `as many connections wait there as the server's backlog takes (${code})`;
    case 'ECONNREFUSED':
      return isSocket(path)
        ? `no server listens: one that has ended left the file (${code})`
        : `it is no socket (${code})`;
    default:
      return message;
  }
}

/** The failure of listening at `path`. The file there shows the cause at once, before the system's error arrives. */
export function socketListenRefusal(path: string): { result: ErrorCode; reason: string } {
  const inTheWay = look(() => lstatSync(path));
  if (typeof inTheWay !== 'string') {
    const reason = inTheWay.isSocket()
      ? 'there is a socket already: a server listens, or one that ended without stop() left it. If none listens, ' +
        'remove the file, and listen again'
      : 'there is a file already, which is no socket';
    return { result: ErrorCode.ERR_ALREADY_IN_USE, reason };
  }
  const directory = dirname(path);
  const place = look(() => statSync(directory));
  return { result: ErrorCode.ERR_CANT_CREATE, reason: createReason(directory, place) };
}

function createReason(directory: string, place: { isDirectory(): boolean } | string): string {
  if (place === 'ENOENT') return `there is no directory ${directory}`;
  const isBad = place === 'ENOTDIR' || (typeof place !== 'string' && !place.isDirectory());
  if (isBad) return `${directory} is no directory`;
  return `the system does not let this process make a file in ${directory}`;
}

function isSocket(path: string): boolean {
  const found = look(() => statSync(path));
  return typeof found !== 'string' && found.isSocket();
}

/** The kind of file at the path, or the error's code. */
function look<T>(at: () => T): T | string {
  try {
    return at();
  } catch (error) {
    return isError(error) && 'code' in error ? String(error.code) : 'UNKNOWN';
  }
}
