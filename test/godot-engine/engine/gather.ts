import { type Side, told } from '../ours/side.ts';
import { expectNext } from '../ours/until.ts';
import type { EngineRun } from './engine.ts';

/** The parts of a side that an engine needs to join. */
export interface JoinOptions {
  /** Bytes, of the engine's buffers. Default: its own 65535. */
  readonly bufferSize?: number;
  /** Packets that the engine keeps. Default: its own 4096. */
  readonly queuedPackets?: number;
}

/** Engines join a server that relays, one after the other, and all are told of each other. Returns their ids. */
export async function gather(
  server: Side,
  engines: readonly EngineRun[],
  { bufferSize = 65_535, queuedPackets = 4096 }: JoinOptions = {},
): Promise<number[]> {
  const ids: number[] = [];
  for (const [index, { run, lines }] of engines.entries()) {
    await run(`join("${server.url}", ${bufferSize}, ${queuedPackets})`);
    await expectNext(lines, [
      told('connected_to_server'),
      told('peer_connected', 1),
      ...ids.map((other) => told('peer_connected', other)),
    ]);
    // An id is a number in JSON.
    const id = (await run('multiplayer.get_unique_id()')) as number;
    await expectNext(server.told, [told('peer_connected', id)]);
    for (const earlier of engines.slice(0, index)) await expectNext(earlier.lines, [told('peer_connected', id)]);
    ids.push(id);
  }
  return ids;
}
