import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { socketFolder } from '../../../test/support/socket-folder.ts';
import { SocketFile } from './socket-file-identity.ts';

/** A folder with a file that stands for a socket. A file's identity does not depend on its type. */
function start(): { folder: string; path: string; file: SocketFile; replace: () => void } {
  const folder = socketFolder();
  const path = join(folder, 's');
  writeFileSync(path, 'ours');
  const file = SocketFile.at(path)!;
  /** Both files exist at once for a moment, so that they cannot have the same inode. */
  const replace = (): void => {
    writeFileSync(join(folder, 'other'), 'theirs');
    renameSync(join(folder, 'other'), path);
  };
  return { folder, path, file, replace };
}

describe('there is no file', () => {
  test('at an unused path, or in a folder that does not exist', () => {
    const folder = socketFolder();
    expect(SocketFile.at(join(folder, 's'))).toBe(null);
    expect(SocketFile.at(join(folder, 'missing', 's'))).toBe(null);
  });

  test('below a path that is a file', () => {
    const { path } = start();
    expect(SocketFile.at(join(path, 's'))).toBe(null);
  });
});

describe('closing', () => {
  test('removes the file that is still this one', () => {
    const { folder, path, file } = start();
    file.closeWith(() => unlinkSync(path));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps a file that has replaced it, although closing the socket removes it', () => {
    const { folder, path, file, replace } = start();
    replace();
    let wasThere = false;
    file.closeWith(() => {
      wasThere = existsSync(path);
      unlinkSync(path);
    });
    expect(wasThere).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['s']);
  });

  test('keeps a file that the close does not remove', () => {
    const { folder, path, file, replace } = start();
    replace();
    file.closeWith(() => undefined);
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['s']);
  });

  test('restores it also when closing throws', () => {
    const { folder, path, file, replace } = start();
    replace();
    const close = (): void => {
      unlinkSync(path);
      throw new Error('by the close');
    };
    expect(() => file.closeWith(close)).toThrow('by the close');
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['s']);
  });

  test('does not replace a file that was made at the path meanwhile', () => {
    const { folder, path, file, replace } = start();
    replace();
    file.closeWith(() => {
      unlinkSync(path);
      writeFileSync(path, 'a third');
    });
    expect(readFileSync(path, 'utf8')).toBe('a third');
    expect(readdirSync(folder)).toEqual(['s']);
  });

  test('succeeds when the file or its folder is gone, or a folder is in its place', () => {
    const closed: string[] = [];
    const withoutFile = start();
    unlinkSync(withoutFile.path);
    withoutFile.file.closeWith(() => closed.push('file'));
    const withoutFolder = start();
    rmSync(withoutFolder.folder, { recursive: true });
    withoutFolder.file.closeWith(() => closed.push('folder'));
    const replaced = start();
    mkdirSync(join(replaced.folder, 'other'));
    unlinkSync(replaced.path);
    renameSync(join(replaced.folder, 'other'), replaced.path);
    replaced.file.closeWith(() => closed.push('replaced'));
    expect(closed).toEqual(['file', 'folder', 'replaced']);
    expect(readdirSync(replaced.folder)).toEqual(['s']);
  });
});
