import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import { RoomCloseCode } from '../../rooms/index.ts';
import { StreamPeerTCP } from '../../stream/index.ts';
import type { AttachOptions, UpgradeListener, UpgradeServer, WebSocketServer } from '../../websocket/index.ts';
import { forwardedHead, sameHead } from './forwarded-head.ts';
import { checkFrontOptions, type FrontOptions, type FrontRefusal, type FrontStatistics } from './front-options.ts';
import { HandOver } from './hand-over.ts';
import { isRefusalCode, type Refusal, Refusals } from './refusals.ts';
import type { FindRoute, Route } from './route.ts';
import { connectToNode, Tunnel } from './tunnel.ts';
import { WaitLimit } from './wait-limit.ts';
import { WaitingClient } from './waiting-client.ts';

type NodeRoute = Extract<Route, { to: 'node' }>;

const REASONS: Readonly<Record<Exclude<FrontRefusal, 'route'>, string>> = {
  waitTime: 'the server of the room was not found in time',
  mostWaiting: 'too many clients wait for their room',
  unreachable: 'the server of the room cannot be reached',
  mostTunnels: 'this server forwards too many clients',
  stopping: 'the server stops',
  fault: 'the server of the room was not found, because of an error',
};

/**
 * Where the clients of all nodes arrive: takes the WebSocket requests of an HTTP server, and asks `findRoute` for each. The rooms of this
 * process get the client as by `WebSocketServer.attach`. For another node the connection is tunnelled to its private address, with the
 * request as it came, and the client's address in `X-Forwarded-For`: that node's `WebSocketServer` listens there, and has the
 * addresses of all nodes in `trustedProxies`. Everything else is refused with a close code.
 *
 * Routing and tunnels work by events; refused clients need `poll`.
 */
export class Front {
  readonly #sockets: WebSocketServer;
  readonly #findRoute: FindRoute;
  readonly #options: Required<FrontOptions>;
  readonly #refusals: Refusals;
  readonly #waiting = new Set<WaitingClient>();
  /** With the node's id. */
  readonly #tunnels = new Map<Tunnel, string>();
  /** Tunnels whose node is dialled. */
  #dialling = 0;
  readonly #detach = new Set<() => void>();
  #isClosed = false;

  readonly #handOver: HandOver | null;
  #here = 0;
  #tunnelled = 0;
  #handedOver = 0;
  #takenOver = 0;
  #handOversLost = 0;
  #abandoned = 0;
  #unreachable = 0;
  readonly #refused: Record<FrontRefusal, number> = {
    route: 0,
    waitTime: 0,
    mostWaiting: 0,
    unreachable: 0,
    mostTunnels: 0,
    stopping: 0,
    fault: 0,
  };
  /** Of tunnels that have closed. */
  readonly #bytes = { toNodes: 0, fromNodes: 0 };

  /** `sockets` is the server of this process's rooms. */
  constructor(sockets: WebSocketServer, findRoute: FindRoute, options: FrontOptions = {}) {
    this.#sockets = sockets;
    this.#findRoute = findRoute;
    this.#options = checkFrontOptions(options);
    this.#refusals = new Refusals(this.#options.clock);
    this.#handOver = options.workerOf === undefined ? null : HandOver.start(this.#takeOver);
  }

  /**
   * Takes the WebSocket requests of a server of `node:http` or `node:https`, as `WebSocketServer.attach` does; one of `node:http2` throws
   * a `TypeError`. `ERR_ALREADY_IN_USE`: another WebSocket server or front is attached there with that path. `ERR_UNAVAILABLE`: closed.
   */
  attach(httpServer: UpgradeServer, { path = null }: AttachOptions = {}): ErrorCode {
    if ('updateSettings' in httpServer)
      throw new TypeError('a front is attached to a server of node:http or node:https');
    if (this.#isClosed) return ErrorCode.ERR_UNAVAILABLE;
    const detach = this.#sockets.attachFront(httpServer, path, this.#onUpgrade);
    if (detach === null) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#detach.add(detach);
    return ErrorCode.OK;
  }

  /** Closes the clients that were refused since the last poll. */
  poll(): void {
    this.#refusals.poll();
  }

  /** Ends the tunnels to a node, for one that has gone without closing its connections. */
  dropTunnels(id: string): void {
    for (const [tunnel, node] of this.#tunnels) if (node === id) tunnel.end();
  }

  /** Takes no more requests. Clients that are waiting, and tunnels, go on. */
  detach(): void {
    for (const detach of this.#detach) detach();
    this.#detach.clear();
  }

  /** Takes no more requests, refuses the clients that are waiting, and ends all tunnels. Keep polling until `isDone`. */
  close(): void {
    this.#isClosed = true;
    this.detach();
    this.#handOver?.close();
    for (const client of this.#waiting) client.stop();
    for (const tunnel of this.#tunnels.keys()) tunnel.end();
  }

  /** Whether no client is left here: none waits, is being refused or has a tunnel. */
  get isDone(): boolean {
    return this.#waiting.size + this.#tunnels.size + this.#refusals.size === 0;
  }

  get statistics(): FrontStatistics {
    let [bytesToNodes, bytesFromNodes] = [this.#bytes.toNodes, this.#bytes.fromNodes];
    for (const tunnel of this.#tunnels.keys()) {
      bytesToNodes += tunnel.bytesToNode;
      bytesFromNodes += tunnel.bytesFromNode;
    }
    return {
      waiting: this.#waiting.size,
      tunnels: this.#tunnels.size,
      here: this.#here,
      tunnelled: this.#tunnelled,
      handedOver: this.#handedOver,
      takenOver: this.#takenOver,
      handOversLost: this.#handOversLost,
      abandoned: this.#abandoned,
      unreachable: this.#unreachable,
      refused: { ...this.#refused },
      bytesToNodes,
      bytesFromNodes,
    };
  }

  /** Closes, and drops the clients that are being refused. */
  [Symbol.dispose](): void {
    this.close();
    this.#refusals.close();
  }

  // ---------------------------------------------------------------- a client's way

  readonly #onUpgrade: UpgradeListener = (request, socket, head) => {
    if (!(socket instanceof Socket)) {
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    const client = new WaitingClient(socket, head);
    if (this.#waiting.size >= this.#options.mostWaiting) {
      this.#refuse(request, client, 'mostWaiting');
      return;
    }
    this.#waiting.add(client);
    void this.#lead(request, client)
      .catch((error) => {
        this.#report(error);
        client.drop();
      })
      .then(() => this.#waiting.delete(client));
  };

  async #lead(request: IncomingMessage, client: WaitingClient): Promise<void> {
    const arrival = this.#options.clock.now();
    let isLed = false;
    for (let attempt = 0; attempt < 2 && !isLed; attempt++) {
      const route = await this.#find(request, client, arrival);
      if (typeof route === 'string') isLed = this.#refuse(request, client, route);
      else if (route.to === 'here') isLed = this.#takeHere(request, client);
      else if (route.to === 'refused') isLed = this.#refuse(request, client, 'route', route);
      else isLed = await this.#forward(request, client, route, arrival);
    }
    if (!isLed) this.#refuse(request, client, 'unreachable');
  }

  /** A route that can be used, or why there is none. For a client that is gone, the result does not count. */
  async #find(request: IncomingMessage, client: WaitingClient, arrival: number): Promise<Route | FrontRefusal> {
    const { clock, waitTime } = this.#options;
    const limit = new WaitLimit(clock, arrival + waitTime * 1000 - clock.now(), client.ended);
    try {
      return checkedRoute(await limit.race((signal) => this.#findRoute(request, signal)));
    } catch (error) {
      if (limit.isOver) return 'waitTime';
      if (client.ended.aborted) return 'stopping';
      this.#report(error);
      return 'fault';
    } finally {
      limit.end();
    }
  }

  #takeHere(request: IncomingMessage, client: WaitingClient): true {
    const early = client.release();
    if (early === null) return this.#abandon();
    const result = this.#sockets.acceptUpgrade(request, client.socket, early);
    if (result === ErrorCode.OK) {
      this.#here++;
    } else if (result === ErrorCode.ERR_UNAVAILABLE) {
      this.#refuseSocket(request, client.socket, early, 'stopping');
    } else {
      client.socket.destroy();
      this.#refused.fault++;
      this.#report(new Error(this.#sockets.getLastFailure()?.message));
    }
    return true;
  }

  /** Returns false when the node cannot be reached. */
  async #forward(request: IncomingMessage, client: WaitingClient, route: NodeRoute, arrival: number): Promise<boolean> {
    if (await this.#give(request, client, route.id)) return true;
    const { clock, waitTime, connectTime, mostTunnels } = this.#options;
    if (this.#tunnels.size + this.#dialling >= mostTunnels) return this.#refuse(request, client, 'mostTunnels');
    const address = client.socket.remoteAddress ?? '';
    const head = forwardedHead(request, { address, isTrusted: this.#sockets.trustsProxy(address) });
    if (head === null) return this.#refuse(request, client, 'fault');
    // What the search has left of its time does not count for connecting: the client gives up after both.
    const left = arrival + (waitTime + connectTime) * 1000 - clock.now();
    const limit = new WaitLimit(clock, Math.min(left, connectTime * 1000), client.ended);
    this.#dialling++;
    let node: Socket;
    try {
      node = await connectToNode(route, limit.signal);
    } catch {
      if (client.ended.aborted) return this.#refuse(request, client, 'stopping');
      this.#unreachable++;
      this.#call(() => this.#options.onUnreachable(route.id));
      return false;
    } finally {
      this.#dialling--;
      limit.end();
    }
    const early = client.release();
    if (early === null) {
      node.destroy();
      return this.#abandon();
    }
    this.#open(client.socket, node, Buffer.concat([head, early]), route.id);
    return true;
  }

  /** Hands the client over to a worker of this machine. Returns false where that is not possible, and the client is still here. */
  async #give(request: IncomingMessage, client: WaitingClient, id: string): Promise<boolean> {
    if (this.#handOver?.isReady !== true) return false;
    const worker = this.#call(() => this.#options.workerOf(id)) ?? null;
    const head = sameHead(request);
    if (worker === null || head === null || !client.hold()) return false;
    const { clock, connectTime } = this.#options;
    const bytes = Buffer.concat([head, client.early]);
    const outcome = await this.#handOver.give(worker, client.socket, bytes, clock, connectTime * 1000);
    if (outcome === 'refused') {
      client.goOn();
      return false;
    }
    client.drop();
    if (outcome === 'taken') this.#handedOver++;
    else this.#handOversLost++;
    return true;
  }

  readonly #takeOver = (socket: Socket, bytes: Uint8Array): boolean => {
    const stream = StreamPeerTCP.fromSocket(socket, bytes);
    const isTaken = this.#sockets.acceptStream(stream) === ErrorCode.OK;
    if (isTaken) this.#takenOver++;
    else stream.destroy();
    return isTaken;
  };

  #open(client: Socket, node: Socket, first: Uint8Array, id: string): void {
    const tunnel = new Tunnel(client, node, first, this.#options.clock, () => {
      this.#tunnels.delete(tunnel);
      this.#bytes.toNodes += tunnel.bytesToNode;
      this.#bytes.fromNodes += tunnel.bytesFromNode;
    });
    this.#tunnels.set(tunnel, id);
    this.#tunnelled++;
  }

  // ---------------------------------------------------------------- refusing

  #refuse(request: IncomingMessage, client: WaitingClient, why: FrontRefusal, refusal?: Refusal): true {
    const early = client.release();
    if (early === null) return this.#abandon();
    this.#refuseSocket(request, client.socket, early, why, refusal);
    return true;
  }

  #refuseSocket(
    request: IncomingMessage,
    socket: Socket,
    early: Uint8Array,
    why: FrontRefusal,
    refusal: Refusal = { code: RoomCloseCode.STOPPING, reason: why === 'route' ? '' : REASONS[why] },
  ): void {
    this.#refused[why]++;
    this.#refusals.refuse(request, socket, early, refusal);
  }

  #abandon(): true {
    this.#abandoned++;
    return true;
  }

  /** Calls a function of the program. Undefined when it throws. */
  #call<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onFault(error);
    } catch {
      // An error in the report of an error.
    }
  }
}

/** Throws for what no route can be. */
function checkedRoute(route: Route): Route {
  if (route.to === 'here') return route;
  if (route.to === 'refused' && isRefusalCode(route.code) && typeof route.reason === 'string') return route;
  if (route.to === 'node' && typeof route.host === 'string' && Number.isInteger(route.port)) return route;
  throw new TypeError(`${JSON.stringify(route)} is no route`);
}

function ignore(): void {}
