import { onTestFinished } from 'vitest';
import { Host } from '../../examples/godot-page/host.ts';
import { Site } from '../../examples/godot-page/site.ts';
import { Bot } from '../../examples/snowball-fight/bot.ts';
import type { Fight } from '../../examples/snowball-fight/fight.ts';
import { FightServer } from '../../examples/snowball-fight/fight-server.ts';
import { SOURCES } from '../godot-server/support.ts';

export const PROJECT = new URL('../../examples/snowball-fight/game/', import.meta.url);

export interface Opened {
  readonly server: FightServer;
  readonly fight: Fight;
  /** Of the page; the sockets' is the same with `ws`. */
  readonly url: string;
}

/** The example on a free port, stopped when the test ends. Everybody begins in the middle of the field. */
export async function openFight(bots = 0): Promise<Opened> {
  const game = {
    open: (sockets: ConstructorParameters<typeof FightServer>[0]) => new FightServer(sockets, () => 0.5),
    newBot: (url: string, number: number) => new Bot(url, `Robot ${number}`),
  };
  const host = new Host(new Site({ ...SOURCES, project: PROJECT }), game, bots);
  const port = await host.listen(0, '127.0.0.1');
  onTestFinished(async () => void (await host.stop()));
  return { server: host.server, fight: host.server.fight, url: `http://127.0.0.1:${port}/` };
}

/** A player that the test controls and polls. */
export function newBot(url: string, name: string): Bot {
  const bot = new Bot(url.replace('http', 'ws'), name);
  onTestFinished(() => bot.leave());
  return bot;
}
