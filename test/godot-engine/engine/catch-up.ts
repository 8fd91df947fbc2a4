import { type Side, told } from '../ours/side.ts';
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
