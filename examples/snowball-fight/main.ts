// A Godot game with spawners and synchronizers, and its server in TypeScript: the game's project is in game/, and the page that
// this serves plays it.
//
//   npm run example -- snowball-fight             npm run example -- snowball-fight --port 8000 --host 0.0.0.0 --bots 0
import { serveGame } from '../godot-page/serve-game.js';
import { Bot } from './bot.js';
import { FightServer } from './fight-server.js';

const { multiplayer } = await serveGame(
  'snowball-fight',
  {
    open: (sockets) => new FightServer(sockets),
    newBot: (url, number) => new Bot(url, `Robot ${number}`),
  },
  3,
);
multiplayer.peerConnected.connect((id) => console.log(`${id} connected`));
multiplayer.peerDisconnected.connect((id) => console.log(`${id} left`));
