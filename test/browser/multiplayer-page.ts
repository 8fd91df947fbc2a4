/** A game's client in a page. It shows in the title what it has received. The server's address is after the `#`. */
import { rpc, SceneMultiplayer, WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { int, string, Vector2, vector2 } from 'tickpeer/variant';

interface BrowserPage {
  readonly location: { readonly hash: string };
  readonly document: { title: string };
}
const { location, document } = globalThis as unknown as BrowserPage; // compiled without the DOM's types

const peer = new WebSocketMultiplayerPeer();
const multiplayer = new SceneMultiplayer();
const heard: string[] = [];
const told = (): void => {
  document.title = `${multiplayer.getUniqueId()}: ${heard.sort().reverse().join('; ')}`;
};

const main = multiplayer.node('Main', {
  move: rpc.anyPeer([vector2]),
  greet: rpc.authority([string, int], (_from, text, id) => {
    heard.push(`${text} ${id}`);
    // In one turn: each must arrive unchanged.
    for (let n = 0; n < 6; n++) main.move.rpcId(1, new Vector2(n, -2));
    told();
  }),
  wave: rpc.anyPeer([string], (from) => {
    heard.push(`waved by ${from}`);
    told();
  }),
});
multiplayer.peerConnected.connect((id) => {
  if (id !== 1) main.wave.rpcId(id, 'hello');
});

peer.createClient(location.hash.slice(1));
multiplayer.multiplayerPeer = peer;
setInterval(() => multiplayer.poll(), 10);
