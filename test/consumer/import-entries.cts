/**
 * Every entry, imported by a CommonJS program under `module: node16`, which is for a Node without `require` of ES modules.
 * Compiled, not run: `npm run test:package`, with every supported compiler.
 */
import type { WebSocketPeer } from 'tickpeer' with { 'resolution-mode': 'import' };

// @ts-expect-error: the way to it is import(), as docs/platforms.md says.
import required = require('tickpeer');

export async function connected(url: string): Promise<WebSocketPeer> {
  const { WebSocketPeer } = await import('tickpeer');
  const { ErrorCode } = await import('tickpeer/peer');
  const { attachInspector } = await import('tickpeer/inspector');
  const { VirtualClock } = await import('tickpeer/testing');
  const { SceneMultiplayer } = await import('tickpeer/multiplayer');
  const { Vector2, varToBytes } = await import('tickpeer/variant');
  const client: WebSocketPeer = new WebSocketPeer({ clock: new VirtualClock() });
  if (client.connectToUrl(url) !== ErrorCode.OK) throw new Error(client.getLastFailure()?.message);
  if ('url' in attachInspector(new SceneMultiplayer())) throw new Error('it is not a server');
  client.send(varToBytes(new Vector2(1, 2)));
  // @ts-expect-error: a multiplayer is not a peer; without types there is no error.
  const other: WebSocketPeer = new SceneMultiplayer();
  return other ?? required ?? client;
}
