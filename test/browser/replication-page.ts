/** A game's client in a page: it steers its own player, and shows all players in the title. The server's address is after the `#`. */
import { SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { Vector2 } from 'tickpeer/variant';
import { player, SPAWNER } from './replicated-scene.ts';

interface BrowserPage {
  readonly location: { readonly hash: string };
  readonly document: { title: string };
}
const { location, document } = globalThis as unknown as BrowserPage; // compiled without the DOM's types

const peer = new WebSocketMultiplayerPeer();
const multiplayer = new SceneMultiplayer();
const players = multiplayer.spawner('World/PlayerSpawner', SPAWNER);
players.spawned.connect((node) => {
  if (!player.isInstance(node) || node.name !== String(multiplayer.getUniqueId())) return;
  node.motion = new Vector2(1, -1);
});

peer.createClient(location.hash.slice(1));
multiplayer.multiplayerPeer = peer;
setInterval(() => {
  multiplayer.poll();
  const seen = players.getChildren().filter((node) => player.isInstance(node));
  document.title = seen.map(({ name, position: { x, y }, health }) => `${name} ${x},${y} ${health}`).join('; ');
}, 10);
