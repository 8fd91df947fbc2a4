import { type StreamPeer, WebSocketPeer, WebSocketServer } from '../../src/index.ts';
import { Recorder, replay, VirtualClock, VirtualNetwork } from '../../src/testing/index.ts';

// A server that echoes. It takes the time from its clock.
class Game {
  readonly server: WebSocketServer;

  constructor(clock: VirtualClock) {
    this.server = new WebSocketServer({ clock });
  }

  accept(stream: StreamPeer): void {
    const result = this.server.acceptStream(stream);
    if (result !== 0) throw new Error(this.server.getLastFailure()?.message);
  }

  tick(): void {
    this.server.poll();
    for (const peer of this.server.readyPeers()) {
      for (const packet of peer.packets()) peer.send(packet); // when its buffer is full, that one is lost
    }
  }
}

// The run: the streams go through the recorder, and each tick is recorded.
const clock = new VirtualClock();
const file: Uint8Array[] = [];
const recorder = new Recorder({ clock, write: (chunk) => file.push(chunk) });
const [near, far] = new VirtualNetwork({ clock, seed: 7, latency: 30 }).connect().ends;
const game = new Game(clock);
game.accept(recorder.record(far, '192.0.2.1'));

const client = new WebSocketPeer({ clock });
if (client.connectToStream(near, 'ws://game.test') !== 0) throw new Error('the client did not begin');
for (let tick = 0; tick < 60; tick++) {
  clock.advance(16);
  recorder.tick();
  game.tick();
  client.poll();
  if (tick === 30 && client.sendText('hello') !== 0) throw new Error('the client is not open');
}

// The replay: the same program with a clock of its own, as often as you like.
const result = replay(Buffer.concat(file), (host) => new Game(host.clock));
if ('code' in result) throw new Error(result.message);
if (result.difference !== null) throw new Error(result.difference.message);
if (result.ticks !== 60) throw new Error(`${result.ticks} ticks`);
