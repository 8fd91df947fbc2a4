import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder for Unix sockets, with a short path. It is removed after the test. */
export function socketFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tp-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a socket in such a folder. */
export function socketPath(name = 's'): string {
  return join(socketFolder(), name);
}

/** A path in `folder` of `length` bytes. */
export function pathOfLength(folder: string, length: number): string {
  return `${folder}/${'a'.repeat(length - Buffer.byteLength(folder) - 1)}`;
}

/** Runs `action` as a user to whom file modes apply; they do not apply to root. */
export function asNobody<T>(action: () => T): T {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}
