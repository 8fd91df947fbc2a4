// A server in TypeScript for a game in Godot: the game's project is in game/, and the page that this serves plays it.
//
//   npm run example -- godot-server               npm run example -- godot-server --port 8000 --host 0.0.0.0 --bots 0
import { serveGame } from '../godot-page/serve-game.js';
import { Bot } from './bot.js';
import { GameServer } from './game-server.js';

const { game, multiplayer } = await serveGame(
  'godot-server',
  {
    open: (sockets) => new GameServer(sockets),
    newBot: (url, number) => new Bot(url, `Robot ${number}`),
  },
  2,
);
multiplayer.peerConnected.connect((id) => console.log(`${game.players.get(id)?.name} joined as ${id}`));
multiplayer.peerDisconnected.connect((id) => console.log(`${id} left`));
