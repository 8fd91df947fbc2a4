import { closeSync, openSync, writeSync } from 'node:fs';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';

const BLOCK_SIZE = 64 * 1024;

/** A file that is written in blocks. */
export class RecordingFile {
  readonly #path: string;
  readonly #file: number;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  /** Bytes of the file. */
  size = 0;

  /** Throws a `CommandError` for a file that exists, unless `isForced`, or that cannot be made. */
  constructor(path: string, isForced: boolean) {
    this.#path = path;
    try {
      this.#file = openSync(path, isForced ? 'w' : 'wx');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        const next = '--force overwrites it, --out chooses another name.';
        throw new CommandError(ExitCode.IO, `${printable(path)} exists already.`, next);
      }
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
    this.flush();
    closeSync(this.#file);
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
