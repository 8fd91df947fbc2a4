import { readFileSync } from 'node:fs';
import { PacketDecoder, type PacketDecoderOptions } from '../../multiplayer/index.ts';
import { CommandError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { printable } from '../terminal/printable.ts';

/** The methods of the game's nodes, from the file of `--rpc`. Throws a `CommandError` for a file that has no such table. */
export function readMethods(path: string): PacketDecoderOptions {
  try {
    const options: PacketDecoderOptions = { nodes: JSON.parse(readFileSync(path, 'utf8')) };
    new PacketDecoder(options); // checks the table
    return options;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(path)} has no table of methods: ${printable(reason, 200)}`,
      'It is JSON such as {"Main": ["move", "ping"]}: all remote methods of each node.',
    );
  }
}
