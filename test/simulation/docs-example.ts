import { ErrorCode, WebSocketPeer } from '../../src/index.ts';
import { VirtualClock, VirtualNetwork } from '../../src/testing/index.ts';

// The game: a server that adds up what its one player sends. It does not depend on the test.
class Game {
  score = 0;
  constructor(readonly peer: WebSocketPeer) {}

  tick(): void {
    this.peer.poll();
    for (const packet of this.peer.packets()) {
      this.score += Number(packet);
      this.peer.sendText(String(this.score)); // if the buffer is full, the next message has the score
    }
  }
}

// The test: 100 moves over a link with 80 to 120 ms latency, which stalls for two seconds in the middle.
const clock = new VirtualClock();
const network = new VirtualNetwork({ clock, seed: 7, latency: 80, jitter: 40, loss: 0.01 });
const link = network.connect();
const [one, two] = link.ends;

const player = new WebSocketPeer({ clock });
const game = new Game(new WebSocketPeer({ clock }));
if (player.connectToStream(one, 'ws://game.test') !== ErrorCode.OK) throw new Error('the client did not begin');
if (game.peer.acceptStream(two) !== ErrorCode.OK) throw new Error('the server did not begin');

let moves = 0;
let shown = 0;
for (let tick = 0; tick < 1000 && shown < 100; tick++) {
  clock.advance(16); // 16 ms pass, and what is due arrives.
  game.tick();
  player.poll();
  if (tick === 50) link.stall(2000);
  if (player.getReadyState() === WebSocketPeer.STATE_OPEN && moves < 100) {
    if (player.sendText('1') === ErrorCode.OK) moves++;
  }
  for (const packet of player.packets()) shown = Number(packet);
}
if (game.score !== 100 || shown !== 100) throw new Error(`the score is ${game.score}, the player sees ${shown}`);
if (clock.now() < 2000) throw new Error('that was too quick');

// The player's machine fails, and its connection is not closed. The heartbeat detects that.
game.peer.heartbeatInterval = 1;
one.breakOff();
for (let tick = 0; tick < 300; tick++) {
  clock.advance(16);
  game.tick();
}
if (game.peer.getReadyState() !== WebSocketPeer.STATE_CLOSED) throw new Error('the player is still there');
if (game.peer.getLastFailure()?.code !== 'TICKPEER_HEARTBEAT_TIMEOUT') throw new Error('not by the heartbeat');
