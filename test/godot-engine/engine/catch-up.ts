import type { Hub } from '../ours/hub.ts';
import { type Side, sides, told } from '../ours/side.ts';
import { until } from '../ours/until.ts';
import type { EngineRun } from './engine.ts';

/** What `send_bytes` sends. */
const RAW = 3;
let count = 0;

/** Waits until the engine has read everything that the server has sent to it so far. It is not recorded. */
export async function catchUp(server: Side, id: number, { lines }: EngineRun): Promise<void> {
  const text = Buffer.from(`catch up ${++count}`);
  server.peer.getPeer(id)?.send(Uint8Array.of(RAW, ...text));
  const line = told('peer_packet', 1, text.toString('hex'));
  await until(() => lines.includes(line));
  lines.splice(lines.indexOf(line), 1);
}

/** As `catchUp`, for an engine that serves; and waits until our clients have read everything that it has sent to them. */
export async function catchUpWithServer({ game, clients }: Hub): Promise<void> {
  const text = `catch up ${++count}`;
  const hex = Buffer.from(text).toString('hex');
  const admitted = clients.filter((side) => sides.has(side) && side.multiplayer.getPeers().includes(1));
  for (const { id, multiplayer } of admitted) {
    multiplayer.sendBytes(Buffer.from(text), 1);
    const line = told('peer_packet', id, hex);
    await until(() => game.lines.includes(line));
    game.lines.splice(game.lines.indexOf(line), 1);
  }
  for (const side of admitted) {
    await game.run(`multiplayer.send_bytes("${text}".to_utf8_buffer(), ${side.id})`);
    const line = told('peer_packet', 1, hex);
    await until(() => side.told.includes(line));
    side.told.splice(side.told.indexOf(line), 1);
  }
}
