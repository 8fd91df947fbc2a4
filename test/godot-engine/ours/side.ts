import { ErrorCode, type TLSOptions } from 'tickpeer';
import {
  type MultiplayerPeer,
  SceneMultiplayer,
  type SceneMultiplayerOptions,
  type WebSocketMultiplayerPeerOptions,
} from 'tickpeer/multiplayer';
import { hexOf, RecordingPeer } from './recording-peer.ts';

export interface SideOptions extends SceneMultiplayerOptions {
  readonly peer?: WebSocketMultiplayerPeerOptions;
  readonly tls?: TLSOptions;
  /** Default: any. */
  readonly port?: number;
}

/** All sides that are not closed. The game loop of `until` polls them. */
export const sides: Set<Side<MultiplayerPeer>> = new Set<Side<MultiplayerPeer>>();

/** One of tickpeer's ends, a server or a client. It records events in the format of the engine's `client.gd`. */
export class Side<Peer extends MultiplayerPeer = RecordingPeer> {
  readonly peer: Peer;
  readonly multiplayer: SceneMultiplayer;
  /** Events that no test has taken yet. */
  readonly told: string[] = [];
  /** The URL of a server. */
  readonly url: string;

  /** `peer` is connecting or connected. */
  constructor(peer: Peer, options: SceneMultiplayerOptions = {}, url = '') {
    this.peer = peer;
    this.url = url;
    const multiplayer = new SceneMultiplayer(options);
    this.multiplayer = multiplayer;
    multiplayer.multiplayerPeer = this.peer;
    multiplayer.connectedToServer.connect(() => this.tell('connected_to_server'));
    multiplayer.connectionFailed.connect(() => this.tell('connection_failed'));
    multiplayer.serverDisconnected.connect(() => this.tell('server_disconnected'));
    multiplayer.peerConnected.connect((id) => this.tell('peer_connected', id));
    multiplayer.peerDisconnected.connect((id) => this.tell('peer_disconnected', id));
    multiplayer.peerAuthenticating.connect((id) => this.tell('peer_authenticating', id));
    multiplayer.peerAuthenticationFailed.connect((id) => this.tell('peer_authentication_failed', id));
    multiplayer.peerPacket.connect((id, packet) => this.tell('peer_packet', id, hexOf(packet)));
    multiplayer.badPacket.connect((id, { code }) => this.tell('bad_packet', id, code));
    multiplayer.peerMisbehaved.connect((id, { message }) => this.tell('peer_misbehaved', id, message));
    multiplayer.checksumMismatch.connect((id, { code }) => this.tell('checksum_mismatch', id, code));
    sides.add(this);
  }

  static server(options: SideOptions = {}): Side {
    const peer = new RecordingPeer(options.peer);
    check(peer, peer.createServer(options.port ?? 0, '127.0.0.1', options.tls));
    const scheme = options.tls === undefined ? 'ws' : 'wss';
    return new Side(peer, options, `${scheme}://127.0.0.1:${peer.getLocalPort()}`);
  }

  static client(url: string, options: SideOptions = {}): Side {
    const peer = new RecordingPeer(options.peer);
    check(peer, peer.createClient(url));
    return new Side(peer, options);
  }

  get id(): number {
    return this.multiplayer.getUniqueId();
  }

  tell(what: string, ...values: unknown[]): void {
    this.told.push(told(what, ...values));
  }

  /** A handler for an RPC, which records it like `tell_call` of `client.gd`. */
  teller(what: string): (from: number, ...values: unknown[]) => void {
    return (from, ...values) => this.tell(what, from, ...values);
  }

  leave(): void {
    sides.delete(this);
    this.peer.close();
  }
}

function check(peer: RecordingPeer, result: ErrorCode): void {
  if (result !== ErrorCode.OK) throw new Error(`${ErrorCode[result]}: ${peer.getLastFailure()?.message}`);
}

/** The line for an event. */
export function told(what: string, ...values: unknown[]): string {
  return `${what} ${JSON.stringify(values)}`;
}
