import { closeSync, lstatSync, openSync, writeSync } from 'node:fs';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';

const BLOCK_SIZE = 64 * 1024;

/** A file that is written in blocks. `open` comes first; what was written before waits. */
export class RecordingFile {
  readonly #path: string;
  readonly #isForced: boolean;
  #file: number | null = null;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  /** Bytes of the file. */
  size = 0;

  /** Throws a `CommandError` for a file that exists, unless `isForced`. It is not changed yet. */
  constructor(path: string, isForced: boolean) {
    this.#path = path;
    this.#isForced = isForced;
    if (!isForced && lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw this.#exists();
  }

  /** Makes the file, or empties it. Throws a `CommandError` when that is not possible. */
  open(): void {
    try {
      this.#file = openSync(this.#path, this.#isForced ? 'w' : 'wx');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw this.#exists();
      throw this.#failed(error);
    }
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.size += chunk.length;
    if (this.#waiting >= BLOCK_SIZE) this.flush();
  }

  /** Writes what waits. Throws a `CommandError` when the disk is full. */
  flush(): void {
    if (this.#file === null) return;
    const block = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#waiting = 0;
    try {
      for (let at = 0; at < block.length; ) at += writeSync(this.#file, block, at);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    if (this.#file === null) return;
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
      this.#file = null;
    }
  }

  #exists(): CommandError {
    const next = '--force overwrites it, --out chooses another name.';
    return new CommandError(ExitCode.IO, `${printable(this.#path)} exists already.`, next);
  }

  #failed(error: unknown): CommandError {
    const reason = error instanceof Error ? error.message : String(error);
    return new CommandError(
      ExitCode.IO,
      `${printable(this.#path)} cannot be written: ${reason}`,
      'Choose another file with --out.',
    );
  }
}
