import { ErrorCode } from '../../../error-code.ts';
import type { Failure } from '../../../failure.ts';
import {
  ConnectionStatus,
  type DeclaredNames,
  type DecodedPacket,
  type MethodsOf,
  PacketDecoder,
  type RemoteMethod,
  rest,
  rpc,
  SceneMultiplayer,
} from '../../../multiplayer/index.ts';
import { type Variant, variant } from '../../../variant/index.ts';
import type { WebSocketPeer } from '../../../websocket/index.ts';
import { confirmationOf } from './confirmation.ts';
import { WatchedPeer } from './watched-peer.ts';

/** A call of a method at other peers. */
export interface Call {
  readonly node: string;
  readonly method: string;
  readonly args: readonly Variant[];
  /** A peer's id, 0 for all, or the negative of the one that does not get it. */
  readonly to: number;
}

export interface GameOptions {
  readonly names: DeclaredNames;
  /** Seconds until the server must have sent the id. */
  readonly timeout: number;
  /** Characters of arguments in the text of a packet. */
  readonly longestText: number;
  /** What the server's authentication gets; null for servers without one. */
  readonly auth: string | null;
  onPacket(packet: DecodedPacket): void;
  /** `joined`: false for a peer that has left. */
  onPeer(id: number, joined: boolean): void;
}

/** The methods of a node, which take any arguments. */
type Handle = Readonly<Record<string, RemoteMethod<readonly unknown[]>>>;

/** A client in a game of Godot: it joins, sees the packets, and calls methods. It has no scene: what is called here is only shown. */
export class Game {
  readonly #peer: WatchedPeer;
  readonly #multiplayer = new SceneMultiplayer({ limits: { disconnect: false } });
  /** By path, without those with a `*`. */
  readonly #nodes = new Map<string, Handle>();
  readonly #patterns: { at(path: string): Handle }[] = [];
  #decoder: PacketDecoder | null = null;
  /** Of nodes that this side does not have: the multiplayer confirms the others. */
  readonly #confirmations: Uint8Array[] = [];

  constructor(socket: WebSocketPeer, options: GameOptions) {
    const { names, longestText } = options;
    const peer = new WatchedPeer({ handshakeTimeout: options.timeout });
    peer.onPacket = (bytes, direction) => {
      this.#decoder ??= new PacketDecoder({ ...names, clientId: peer.getUniqueId(), longestText });
      const packet = this.#decoder.decode(bytes, direction);
      if (direction === 'sent') return;
      options.onPacket(packet);
      this.#completeAuth(packet);
      const confirmation = confirmationOf(packet, (path) => this.#handle(path) !== undefined);
      if (confirmation !== null) this.#confirmations.push(confirmation);
    };
    peer.createClientFrom(socket);
    this.#peer = peer;
    this.#multiplayer.multiplayerPeer = peer;
    this.#multiplayer.peerConnected.connect((id) => options.onPeer(id, true));
    this.#multiplayer.peerDisconnected.connect((id) => options.onPeer(id, false));
    if (options.auth !== null) this.#authenticate(options.auth);
    for (const [path, methods] of Object.entries(names.nodes ?? {})) this.#declare(path, methods);
  }

  /** 0 until the server has sent the id. */
  get id(): number {
    return this.#multiplayer.getUniqueId();
  }

  get peers(): number[] {
    return this.#multiplayer.getPeers();
  }

  get isOver(): boolean {
    return this.#peer.getConnectionStatus() === ConnectionStatus.CONNECTION_DISCONNECTED;
  }

  /** Why it is over; null for a clean end. */
  get failure(): Failure | null {
    return this.#peer.getLastFailure();
  }

  poll(): void {
    this.#multiplayer.poll();
    for (const packet of this.#confirmations.splice(0)) {
      this.#peer.setTargetPeer(1);
      this.#peer.putPacket(packet);
    }
  }

  /** Returns why it was not called, or an empty text. */
  call({ node, method, args, to }: Call): string {
    const remote = this.#handle(node)?.[method];
    if (remote === undefined) return `--rpc FILE does not have the method "${method}" of "${node}"`;
    return this.#outcome(remote.rpcId(to, ...args));
  }

  /** As `send_bytes`. Returns why it was not sent, or an empty text. */
  sendBytes(bytes: Uint8Array, to: number): string {
    return this.#outcome(this.#multiplayer.sendBytes(bytes, to));
  }

  /** Sends a Close. */
  leave(): void {
    this.#peer.close();
  }

  /** Accepts what the server answers. */
  #authenticate(data: string): void {
    const multiplayer = this.#multiplayer;
    multiplayer.peerAuthenticating.connect((id) => multiplayer.sendAuth(id, new TextEncoder().encode(data)));
    multiplayer.authCallback = (id) => multiplayer.completeAuth(id);
  }

  /** Accepts the server, when that has accepted without an answer. */
  #completeAuth(packet: DecodedPacket): void {
    if (packet.kind !== 'auth' || packet.data.length > 0) return;
    for (const id of this.#multiplayer.getAuthenticatingPeers()) this.#multiplayer.completeAuth(id);
  }

  #declare(path: string, methods: readonly string[] | Readonly<Record<string, unknown>>): void {
    const entries = Array.isArray(methods)
      ? methods.map((name): [string, unknown] => [name, null])
      : Object.entries(methods);
    const declared: MethodsOf = Object.fromEntries(
      entries.map(([name, rule]: [string, unknown]) => [
        name,
        rpc.anyPeer([rest(variant)], () => {}, { nodeConfig: isNodeLevel(rule) }),
      ]),
    );
    if (path.includes('*')) this.#patterns.push(this.#multiplayer.nodes(path, declared));
    else this.#nodes.set(path, this.#multiplayer.node(path, declared));
  }

  #handle(path: string): Handle | undefined {
    const exact = this.#nodes.get(path);
    if (exact !== undefined) return exact;
    for (const pattern of this.#patterns) {
      try {
        return pattern.at(path);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // another pattern
      }
    }
    return undefined;
  }

  #outcome(result: ErrorCode): string {
    if (result === ErrorCode.OK) return '';
    return this.#multiplayer.getLastFailure()?.message ?? ErrorCode[result];
  }
}

/** `{ "nodeConfig": true }`. */
function isNodeLevel(rule: unknown): boolean {
  return typeof rule === 'object' && rule !== null && 'nodeConfig' in rule && rule.nodeConfig === true;
}
