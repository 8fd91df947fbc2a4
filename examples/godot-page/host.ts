import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ErrorCode, type StopResult, WebSocketServer } from 'tickpeer';
import type { Site } from './site.js';

/** Ticks of the game, and states sent, in a second. */
const TICK_RATE = 30;
/** The most seconds that a stalled process catches up. */
const LONGEST_STEP = 0.1;

/** A game's server. */
export interface GameServer {
  tick(seconds: number): void;
}

/** A player that is a program. */
export interface Bot {
  poll(): void;
  /** Decides what to do; called five times a second. */
  act(): void;
}

/** A game that can be hosted. */
export interface Game<Server extends GameServer> {
  /** Makes the server; `sockets` is polled by it. */
  open(sockets: WebSocketServer): Server;
  /** Makes a bot that connects to `url`; they are numbered from 1. */
  newBot(url: string, number: number): Bot;
}

/** One port for the page, the engine, the game's package and the WebSockets; one loop. */
export class Host<Server extends GameServer> {
  readonly server: Server;
  readonly #sockets = new WebSocketServer({ allowedOrigins: '*', maxConnections: 64, heartbeatInterval: 5 });
  readonly #http: HttpServer;
  readonly #game: Game<Server>;
  readonly #botCount: number;
  readonly #bots: Bot[] = [];
  #loop: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(site: Site, game: Game<Server>, botCount: number = 0) {
    this.#game = game;
    this.#botCount = botCount;
    this.server = game.open(this.#sockets);
    this.#http = createServer((request, response) => site.answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.#sockets.acceptUpgrade(request, socket, head) !== ErrorCode.OK) socket.destroy();
    });
  }

  /** Starts to listen and to tick. Port 0 is a free one. Resolves to the port, and rejects when it is not available. */
  async listen(port: number, address: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, address, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    const found = (this.#http.address() as AddressInfo).port; // It is an object when the server listens.
    for (let number = 1; number <= this.#botCount; number++) {
      this.#bots.push(this.#game.newBot(`ws://${ownName(address)}:${found}`, number));
    }
    let last = performance.now();
    this.#loop = setInterval(() => {
      const now = performance.now();
      this.#tick(Math.min((now - last) / 1000, LONGEST_STEP));
      last = now;
    }, 1000 / TICK_RATE);
    return found;
  }

  /** Closes all peers because the server stops. Resolves to the result when the port is free. */
  async stop(): Promise<readonly StopResult[]> {
    this.#http.close();
    this.#sockets.stop({ timeLimit: 1, reason: 'the server stops' });
    let result = this.#sockets.getStopResult();
    for (; result === null; result = this.#sockets.getStopResult()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearInterval(this.#loop);
    this.#http.closeAllConnections();
    return [result];
  }

  #tick(seconds: number): void {
    this.server.tick(seconds);
    const mayAct = this.#turn++ % 6 === 0;
    for (const bot of this.#bots) {
      bot.poll();
      if (mayAct) bot.act();
    }
  }
}

/** The host in the printed URL: one cannot connect to the address of all interfaces. */
function ownName(address: string): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}
