import { expect } from 'vitest';
import { Hub } from '../ours/hub.ts';
import type { HubClientPeer } from '../ours/hub-client-peer.ts';
import { type Side, told } from '../ours/side.ts';
import { expectNext, until } from '../ours/until.ts';
import type { EngineRun } from './engine.ts';

/** The engine becomes the multiplayer server. The result admits clients. */
export async function serve(game: EngineRun, { relays = true } = {}): Promise<Hub> {
  const hub = new Hub(game);
  expect(await game.run(`serve("${hub.url}", ${relays})`)).toBe(0);
  await until(() => hub.isOpen);
  return hub;
}

/**
 * Clients of ours join an engine that serves and relays, one after the other, and all are told of each other. `prepare` is called with each
 * of them before it is connected.
 */
export async function joinAll(
  hub: Hub,
  count: number,
  prepare: (side: Side<HubClientPeer>) => void = () => {},
): Promise<Side<HubClientPeer>[]> {
  const joined: Side<HubClientPeer>[] = [];
  while (joined.length < count) {
    const side = hub.client();
    prepare(side);
    await expectNext(side.told, [
      told('connected_to_server'),
      told('peer_connected', 1),
      ...joined.map(({ id }) => told('peer_connected', id)),
    ]);
    for (const lines of [hub.game.lines, ...joined.map((other) => other.told)]) {
      await expectNext(lines, [told('peer_connected', side.id)]);
    }
    joined.push(side);
  }
  return joined;
}
