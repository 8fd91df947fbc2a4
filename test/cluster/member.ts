import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '@nats-io/transport-node';
import { Cluster, type ClusterOptions, natsBroker } from '../../src/cluster/index.ts';
import { ErrorCode } from '../../src/error-code.ts';
import { isFailure } from '../../src/failure.ts';
import { rpc } from '../../src/multiplayer/index.ts';
import { type Room, Rooms } from '../../src/rooms/index.ts';
import { int, string } from '../../src/variant/index.ts';
import { WebSocketServer } from '../../src/websocket/index.ts';
import { turn } from '../support/until.ts';
import { machineTime, report, serveCommands } from './commands.ts';
import type { MemberReport } from './fleet.ts';
import { waitUntil } from './wait-until.ts';

/** One process of a cluster, with a room of the kind `match`, in which players store values under their names. */

const { NATS_PORT, LABEL = '', LEASE_TIME = '2', WAIT_TIME = '2' } = process.env;

class Match {
  readonly #term: OpenTerm;
  readonly #values: Map<string, number>;

  constructor(room: Room, saved: unknown) {
    this.#term = new OpenTerm(room.code);
    this.#values = new Map(Object.entries((saved ?? {}) as Record<string, number>)); // of its own `save`
    const game = room.multiplayer.node('Game', {
      push: rpc.anyPeer([string, int], (id, name, value) => {
        const before = this.#values.get(name) ?? 0;
        this.#values.set(name, Math.max(before, value));
        game.confirm.rpcId(id, before, value, LABEL);
      }),
      token: rpc.authority([string]),
      confirm: rpc.authority([int, int, string]),
    });
    const giveToken = (id: number): void => {
      const token = room.multiplayer.getReturnToken(id);
      if (token !== null) game.token.rpcId(id, token);
    };
    room.multiplayer.peerConnected.connect(giveToken);
    room.multiplayer.peerBack.connect(giveToken);
  }

  onTick(): void {
    this.#term.act();
  }

  save(): Record<string, number> {
    return Object.fromEntries(this.#values);
  }

  onClose(): void {
    this.#term.close();
  }
}

/** The time in which this process has a room. */
class OpenTerm {
  readonly #code: string;
  readonly #opened = machineTime();
  #lastAct = this.#opened;

  constructor(code: string) {
    this.#code = code;
    terms.add(this);
    this.#report('opened');
  }

  act(): void {
    this.#lastAct = machineTime();
  }

  /** It could have acted until `time`. */
  couldAct(time: number): void {
    this.#lastAct = time;
  }

  close(): void {
    terms.delete(this);
    this.#report('closed');
  }

  #report(event: 'opened' | 'closed'): void {
    tell({ event, code: this.#code, opened: this.#opened, lastAct: this.#lastAct, time: machineTime() });
  }
}

const terms = new Set<OpenTerm>();
const tell = (value: MemberReport): void => report(value);

const connection = await connect({
  port: Number(NATS_PORT),
  name: LABEL,
  reconnectTimeWait: 100,
  maxReconnectAttempts: -1,
  pingInterval: 1000,
});
const broker = await natsBroker(connection, { timeout: Number(LEASE_TIME) * 250 });
const sockets = new WebSocketServer({ trustedProxies: ['127.0.0.1'] });
if (sockets.listen(0, '127.0.0.1') !== ErrorCode.OK) throw new Error(sockets.getLastFailure()?.message);
const options: ClusterOptions = {
  address: { host: '127.0.0.1', port: sockets.getLocalPort() },
  label: LABEL,
  leaseTime: Number(LEASE_TIME),
  waitTime: Number(WAIT_TIME),
};
const cluster = await join();
const rooms = new Rooms(sockets, {
  kinds: {
    match: {
      capacity: 16,
      tickRate: 20,
      opensByCode: true,
      idleTime: Number.POSITIVE_INFINITY,
      returning: true,
      open: (room, saved) => new Match(room, saved),
    },
  },
  directory: cluster.directory,
  saving: { store: cluster.store, interval: 0.5 },
  limits: { rooms: Number.POSITIVE_INFINITY, playersPerAddress: Number.POSITIVE_INFINITY },
});
cluster.serve(rooms);
cluster.joined.connect((id) => tell({ event: 'joined', id, time: machineTime() }));
cluster.leaseLost.connect((id) => tell({ event: 'lost', id, time: machineTime() }));
const http = createServer().listen(0, '127.0.0.1');
if (cluster.attach(http) !== ErrorCode.OK) throw new Error('the front cannot be attached');

let told = 0;
setInterval(() => {
  // Taken before the lease is looked at: the process may be stopped in between.
  const now = machineTime();
  if (cluster.directory.mayRun()) {
    for (const term of terms) term.couldAct(now);
    if (now - told > 50) {
      told = now;
      tell({ event: 'acts', time: now });
    }
  }
  cluster.poll();
}, 10);

export const commands = {
  /** The port for clients. */
  port: () => (http.address() as AddressInfo).port,
  id: () => cluster.id,
  /** Asks for a room for each text, and again while it is not known whether it was made. */
  createByRequest: (requests: readonly string[]) =>
    atOnce(requests, async (request) => {
      for (;;) {
        const answer = await made(cluster.createRoom('match', { request }));
        if ('code' in answer || !answer.failure.startsWith('TICKPEER_CLUSTER')) return answer;
        await turn();
      }
    }),
  /** Asks for a room with each code. */
  createByCode: (codes: readonly string[]) => atOnce(codes, (code) => made(cluster.createRoom('match', { code }))),
  /** The codes of all rooms, as this process knows them, and when. */
  list: () => ({ time: machineTime(), codes: cluster.getRooms().map(({ code }) => code) }),
  /** The codes of the rooms that it has. */
  here: () => rooms.getRooms().map(({ code }) => code),
  nodes: () => cluster.getNodes().map(({ label }) => label),
  /** Resolves when the connection to the broker is interrupted. */
  disconnected: () => waitUntil(() => !broker.isConnected, 10_000),
};
export type MemberCommands = typeof commands;

/** Again while the broker does not answer, as a process that is started again. */
async function join(): Promise<Cluster> {
  for (let tries = 1; ; tries++) {
    try {
      return await Cluster.join(broker, options);
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

/** The code of a room, or why it was not made. */
type Made = { readonly code: string } | { readonly failure: string };

/** Creates rooms, 100 at a time. */
async function atOnce(texts: readonly string[], create: (text: string) => Promise<Made>): Promise<Made[]> {
  const results: Made[] = [];
  const rest = texts.entries();
  const work = async (): Promise<void> => {
    for (const [index, text] of rest) results[index] = await create(text);
  };
  await Promise.all(Array.from({ length: 100 }, work));
  return results;
}

async function made(result: ReturnType<Cluster['createRoom']>): Promise<Made> {
  const room = await result;
  return isFailure(room) ? { failure: `${room.code}: ${room.message}` } : { code: room.code };
}

process.once('SIGTERM', () => {
  cluster.leave({ reason: 'an update', timeLimit: 5 });
  const timer = setInterval(async () => {
    if (!cluster.hasLeft) return;
    clearInterval(timer);
    await connection.drain();
    process.exit();
  }, 10);
});
serveCommands(commands);
