import type { Clock } from '../../clock.ts';
import type { CompressionOptions } from '../compression/compression.ts';
import type { ProxyOptions } from './proxy-options.ts';

/** What a `WebSocketPeer` can be made with: its properties, by the same names, and a clock. */
export interface WebSocketPeerOptions extends Partial<PeerProperties> {
  /** Whose time the limits are measured in. Default: the system's. */
  readonly clock?: Clock;
}

/** The properties that read as what they were set to. */
interface PlainProperties {
  /**
   * Bytes of packets that wait to be read, together with the one that is arriving; so also of the longest message: a
   * longer one fails the connection with 1009. When it is full, the connection is not read until packets are taken, and
   * at most 64 KiB more, already here, wait unparsed. 0 to 2^53 - 1. Default: 65535.
   */
  inboundBufferSize: number;

  /**
   * Payload bytes that wait to be sent; a send beyond it is refused with `ERR_OUT_OF_MEMORY`, and so is any single
   * message longer than this. 0 or less: no limit. Default: 65535.
   */
  outboundBufferSize: number;

  /** Packets that wait to be read, and likewise packets that wait to be sent. At least 1. Default: 2048. */
  maxQueuedPackets: number;

  /**
   * Browsers only: bytes of messages that wait behind a full queue, each counted with 32 more. It stands in for the
   * kernel's buffer, since a browser's `WebSocket` cannot be told to stop reading. Beyond it the connection ends with
   * `TICKPEER_ARRIVAL_LIMIT`; where there is `WebSocketStream`, reading stops instead, so that TCP pushes back. A message
   * that finds it empty is always taken. At least 0. Default: 16 MiB.
   */
  arrivalBufferSize: number;

  /**
   * Seconds between two Pings, which keep the connection alive, measure the round-trip time (`getStatistics()`) and find
   * out when the other side is gone. The first leaves with the first poll in OPEN. 0: none. Default: 0.
   */
  heartbeatInterval: number;

  /** Seconds that the answer to a Ping may take before the connection is given up. 0: `heartbeatInterval`. Default: 0. */
  pongTimeLimit: number;

  /**
   * Seconds that finding and reaching the server may take: name resolution and TCP; with a `proxy`, until the tunnel stands.
   * Default: 30.
   */
  connectTimeLimit: number;

  /** Seconds that TLS and the HTTP upgrade may take. Default: 10. */
  handshakeTimeLimit: number;

  /** Seconds from `close()` to the other side's Close; then the connection is dropped. Default: 10. */
  closeTimeLimit: number;

  /** Bytes of the other side's part of the opening handshake. Default: 16384. */
  maxHandshakeSize: number;

  /** Header lines of the other side's part of the opening handshake. Default: 128. */
  maxHandshakeHeaders: number;

  /** Frames that one message may come in; one with more fails the connection with 1008. Default: 131072. */
  maxFragments: number;

  /** Messages longer than this leave in several frames of so many bytes. 0: always in one frame. Default: 0. */
  fragmentSize: number;

  /**
   * Whether packets that arrive together may lie in one ArrayBuffer, one behind the other: several times cheaper for
   * packets from 65 bytes to some KiB (docs/performance.md). A packet keeps its bytes for good in either case. But with
   * this, `packet.buffer` holds its neighbours, too: make views by `packet.byteOffset` (a multiple of 8) and
   * `packet.byteLength`, do not transfer it, and know that a packet which is kept keeps up to 64 KiB. In browsers every
   * packet has its own. Default: false.
   */
  packetsShareMemory: boolean;

  /**
   * Whether a client offers HTTP/2 to a `wss` server, and asks for its WebSocket there (RFC 8441) if the server takes the offer.
   * A server that knows HTTP/2 but no WebSockets on it is dialled once more, for HTTP/1.1. Counts when connecting begins. Browsers
   * decide that themselves. Default: false.
   */
  http2: boolean;

  /**
   * The proxy that a client goes through by CONNECT (RFC 9110 9.3.6), for `ws` and `wss` alike: its URL,
   * `http://user:password@host:port` or, with TLS to the proxy itself, `https://…` (ports 80 and 443 when it names none); the
   * same with more, as `ProxyOptions`; or `'environment'`: what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say
   * when `connectToUrl` is called, which answers `ERR_INVALID_PARAMETER` (`TICKPEER_INVALID_PROXY`) where that cannot be used. A
   * wrong type throws a `TypeError`, a URL or a header that cannot be used a `RangeError`. The server's name is looked up by the
   * proxy. The tunnel must stand within `connectTimeLimit`. `connectToStream` needs no proxy and uses none. Counts when
   * `connectToUrl` is called (docs/proxies.md). Default: null, none.
   */
  proxy: string | ProxyOptions | null;

  /**
   * How many redirects a client follows: answers with 301, 302, 303, 307 or 308 and a `Location`, relative or with `ws`, `wss`, `http`
   * or `https`; never from `wss` to `ws`. To another scheme, host or port go no credentials of the URL, and of `handshakeHeaders`
   * no `Authorization`, `Cookie`, `Proxy-Authorization` or `Host`, nor is the client's certificate shown there (unless
   * `certificateForRedirects` of its `TLSOptions` says so). Every hop has the time limits anew, and its own `proxy`. One more
   * is `TICKPEER_REDIRECT_LIMIT`. Counts when `connectToUrl` is called; `connectToStream` follows none. 0 to 20. Default: 0, and
   * then a redirect is a `TICKPEER_HANDSHAKE_STATUS` like every answer but 101.
   */
  maxRedirects: number;
}

/**
 * The properties of a `WebSocketPeer` that can be set: the reference's members, and the limits that it lacks. Times are in
 * seconds, sizes in bytes. A value outside its range throws a `RangeError`. Setting one takes effect at once, also while
 * connected; the handshake's properties count when the handshake begins.
 */
export interface PeerProperties extends PlainProperties {
  /**
   * Extra HTTP headers of the opening handshake, each one line, `Name: value`: a client's request, a server's 101 answer.
   * Names and values are checked when the handshake begins. Default: none.
   */
  handshakeHeaders: readonly string[];

  /**
   * The sub-protocols allowed in the opening handshake: a client asks for them in this order, a server takes the first of
   * the client's that is here. If either side has a list and nothing agrees, the handshake fails. Default: none.
   */
  supportedProtocols: readonly string[];

  /**
   * Compression, `permessage-deflate` (RFC 7692), if the other side agrees; `true` is every option at its default. Counts
   * when the handshake begins. A client offers it, a server accepts an offer. Messages from `threshold` bytes on are then
   * compressed inside the call that sends them. Godot's own peers do not know it: leave it off for them.
   * Default: null, off.
   */
  compression: CompressionOptions | boolean | null;
}

/** The same properties as a peer has them: lists are copied on their way in and out, and `compression` has all its defaults. */
export interface PeerAccessors extends PlainProperties {
  get handshakeHeaders(): string[];
  set handshakeHeaders(lines: readonly string[]);
  get supportedProtocols(): string[];
  set supportedProtocols(protocols: readonly string[]);
  get compression(): Readonly<Required<CompressionOptions>> | null;
  set compression(options: CompressionOptions | boolean | null);
}
