import type { Clock } from '../../clock.ts';
import { type CompressionOptions, compressionSettings } from '../compression/compression.ts';
import { PacketPeer } from '../peer/packet-peer.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from './peer-settings.ts';
import { type ProxyOptions, proxySetting } from './proxy-options.ts';
import { boolean, copyStrings, integer, milliseconds } from './setting-checks.ts';

/** What a `WebSocketPeer` can be made with: its properties, by the same names, and a clock. */
export interface WebSocketPeerOptions extends Partial<PeerProperties> {
  /** Whose time the limits are measured in. Default: the system's. */
  readonly clock?: Clock;
}

/** The properties of a peer that can be set; each is documented at `WebSocketPeer`. */
export interface PeerProperties {
  handshakeHeaders: readonly string[];
  supportedProtocols: readonly string[];
  inboundBufferSize: number;
  outboundBufferSize: number;
  maxQueuedPackets: number;
  arrivalBufferSize: number;
  heartbeatInterval: number;
  pongTimeLimit: number;
  connectTimeLimit: number;
  handshakeTimeLimit: number;
  closeTimeLimit: number;
  maxHandshakeSize: number;
  maxHandshakeHeaders: number;
  maxFragments: number;
  fragmentSize: number;
  packetsShareMemory: boolean;
  http2: boolean;
  compression: CompressionOptions | boolean | null;
  proxy: string | ProxyOptions | null;
  maxRedirects: number;
}

/**
 * The configuration of a `WebSocketPeer`: the reference's members, and the limits that it lacks. Times are in seconds,
 * sizes in bytes. A value outside its range throws a `RangeError`. Setting one takes effect at once, also while
 * connected; the handshake's properties count when the handshake begins.
 */
export abstract class PeerConfiguration extends PacketPeer implements PeerProperties {
  protected settings: PeerSettings = DEFAULT_SETTINGS;

  /**
   * Extra HTTP headers of the opening handshake, each one line, `Name: value`: a client's request, a server's 101 answer.
   * Names and values are checked when the handshake begins. Default: none.
   */
  get handshakeHeaders(): string[] {
    return [...this.settings.handshakeHeaders];
  }

  set handshakeHeaders(lines: readonly string[]) {
    this.change('handshakeHeaders', copyStrings('handshakeHeaders', lines));
  }

  /**
   * The sub-protocols allowed in the opening handshake: a client asks for them in this order, a server takes the first of
   * the client's that is here. If either side has a list and nothing agrees, the handshake fails. Default: none.
   */
  get supportedProtocols(): string[] {
    return [...this.settings.supportedProtocols];
  }

  set supportedProtocols(protocols: readonly string[]) {
    this.change(
      'supportedProtocols',
      copyStrings('supportedProtocols', protocols).map((protocol) => protocol.trim()),
    );
  }

  /**
   * Bytes of packets that wait to be read, together with the one that is arriving; so also of the longest message: a
   * longer one fails the connection with 1009. When it is full, the connection is not read until packets are taken, and
   * at most 64 KiB more, already here, wait unparsed. 0 to 2^53 - 1. Default: 65535.
   */
  get inboundBufferSize(): number {
    return this.settings.inboundBufferSize;
  }

  set inboundBufferSize(bytes: number) {
    this.change('inboundBufferSize', integer('inboundBufferSize', bytes, 0));
  }

  /**
   * Payload bytes that wait to be sent; a send beyond it is refused with `ERR_OUT_OF_MEMORY`, and so is any single
   * message longer than this. 0 or less: no limit. Default: 65535.
   */
  get outboundBufferSize(): number {
    return this.settings.outboundBufferSize;
  }

  set outboundBufferSize(bytes: number) {
    this.change('outboundBufferSize', integer('outboundBufferSize', bytes, Number.MIN_SAFE_INTEGER));
  }

  /** Packets that wait to be read, and likewise packets that wait to be sent. At least 1. Default: 2048. */
  get maxQueuedPackets(): number {
    return this.settings.maxQueuedPackets;
  }

  set maxQueuedPackets(packets: number) {
    this.change('maxQueuedPackets', integer('maxQueuedPackets', packets, 1));
  }

  /**
   * Browsers only: bytes of messages that wait behind a full queue, each counted with 32 more. It stands in for the
   * kernel's buffer, since a browser's `WebSocket` cannot be told to stop reading. Beyond it the connection ends with
   * `TICKPEER_ARRIVAL_LIMIT`; where there is `WebSocketStream`, reading stops instead, so that TCP pushes back. A message
   * that finds it empty is always taken. At least 0. Default: 16 MiB.
   */
  get arrivalBufferSize(): number {
    return this.settings.arrivalBufferSize;
  }

  set arrivalBufferSize(bytes: number) {
    this.change('arrivalBufferSize', integer('arrivalBufferSize', bytes, 0));
  }

  /**
   * Seconds between two Pings, which keep the connection alive, measure the round-trip time (`getStatistics()`) and find
   * out when the other side is gone. The first leaves with the first poll in OPEN. 0: none. Default: 0.
   */
  get heartbeatInterval(): number {
    return this.settings.heartbeatInterval / 1000;
  }

  set heartbeatInterval(seconds: number) {
    this.change('heartbeatInterval', milliseconds('heartbeatInterval', seconds));
  }

  /** Seconds that the answer to a Ping may take before the connection is given up. 0: `heartbeatInterval`. Default: 0. */
  get pongTimeLimit(): number {
    return this.settings.pongTimeLimit / 1000;
  }

  set pongTimeLimit(seconds: number) {
    this.change('pongTimeLimit', milliseconds('pongTimeLimit', seconds));
  }

  /**
   * Seconds that finding and reaching the server may take: name resolution and TCP; with a `proxy`, until the tunnel stands.
   * Default: 30.
   */
  get connectTimeLimit(): number {
    return this.settings.connectTimeLimit / 1000;
  }

  set connectTimeLimit(seconds: number) {
    this.change('connectTimeLimit', milliseconds('connectTimeLimit', seconds, true));
  }

  /** Seconds that TLS and the HTTP upgrade may take. Default: 10. */
  get handshakeTimeLimit(): number {
    return this.settings.handshakeTimeLimit / 1000;
  }

  set handshakeTimeLimit(seconds: number) {
    this.change('handshakeTimeLimit', milliseconds('handshakeTimeLimit', seconds, true));
  }

  /** Seconds from `close()` to the other side's Close; then the connection is dropped. Default: 10. */
  get closeTimeLimit(): number {
    return this.settings.closeTimeLimit / 1000;
  }

  set closeTimeLimit(seconds: number) {
    this.change('closeTimeLimit', milliseconds('closeTimeLimit', seconds, true));
  }

  /** Bytes of the other side's part of the opening handshake. Default: 16384. */
  get maxHandshakeSize(): number {
    return this.settings.maxHandshakeSize;
  }

  set maxHandshakeSize(bytes: number) {
    this.change('maxHandshakeSize', integer('maxHandshakeSize', bytes, 1));
  }

  /** Header lines of the other side's part of the opening handshake. Default: 128. */
  get maxHandshakeHeaders(): number {
    return this.settings.maxHandshakeHeaders;
  }

  set maxHandshakeHeaders(lines: number) {
    this.change('maxHandshakeHeaders', integer('maxHandshakeHeaders', lines, 1));
  }

  /** Frames that one message may come in; one with more fails the connection with 1008. Default: 131072. */
  get maxFragments(): number {
    return this.settings.maxFragments;
  }

  set maxFragments(frames: number) {
    this.change('maxFragments', integer('maxFragments', frames, 1));
  }

  /** Messages longer than this leave in several frames of so many bytes. 0: always in one frame. Default: 0. */
  get fragmentSize(): number {
    return this.settings.fragmentSize;
  }

  set fragmentSize(bytes: number) {
    this.change('fragmentSize', integer('fragmentSize', bytes, 0));
  }

  /**
   * Whether packets that arrive together may lie in one ArrayBuffer, one behind the other: several times cheaper for
   * packets from 65 bytes to some KiB (docs/performance.md). A packet keeps its bytes for good in either case. But with
   * this, `packet.buffer` holds its neighbours, too: make views by `packet.byteOffset` (a multiple of 8) and
   * `packet.byteLength`, do not transfer it, and know that a packet which is kept keeps up to 64 KiB. In browsers every
   * packet has its own. Default: false.
   */
  get packetsShareMemory(): boolean {
    return this.settings.packetsShareMemory;
  }

  set packetsShareMemory(enabled: boolean) {
    this.change('packetsShareMemory', boolean('packetsShareMemory', enabled));
  }

  /**
   * Whether a client offers HTTP/2 to a `wss` server, and asks for its WebSocket there (RFC 8441) if the server takes the offer.
   * A server that knows HTTP/2 but no WebSockets on it is dialled once more, for HTTP/1.1. Counts when connecting begins. Browsers
   * decide that themselves. Default: false.
   */
  get http2(): boolean {
    return this.settings.http2;
  }

  set http2(enabled: boolean) {
    this.change('http2', boolean('http2', enabled));
  }

  /**
   * Compression, `permessage-deflate` (RFC 7692), if the other side agrees; `true` is every option at its default. Counts
   * when the handshake begins. A client offers it, a server accepts an offer. Messages from `threshold` bytes on are then
   * compressed inside the call that sends them. Godot's own peers do not know it: leave it off for them.
   * Default: null, off.
   */
  get compression(): Readonly<Required<CompressionOptions>> | null {
    return this.settings.compression;
  }

  set compression(options: CompressionOptions | boolean | null) {
    this.change('compression', compressionSettings(options));
  }

  /**
   * The proxy that a client goes through by CONNECT (RFC 9110 9.3.6), for `ws` and `wss` alike: its URL,
   * `http://user:password@host:port` or, with TLS to the proxy itself, `https://…` (ports 80 and 443 when it names none); the
   * same with more, as `ProxyOptions`; or `'environment'`: what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say
   * when `connectToUrl` is called, which answers `ERR_INVALID_PARAMETER` (`TICKPEER_INVALID_PROXY`) where that cannot be used. A
   * wrong type throws a `TypeError`, a URL or a header that cannot be used a `RangeError`. The server's name is looked up by the
   * proxy. The tunnel must stand within `connectTimeLimit`. `connectToStream` needs no proxy and uses none. Counts when
   * `connectToUrl` is called (docs/proxies.md). Default: null, none.
   */
  get proxy(): string | ProxyOptions | null {
    return this.settings.proxy;
  }

  set proxy(proxy: string | ProxyOptions | null) {
    this.change('proxy', proxySetting(proxy));
  }

  /**
   * How many redirects a client follows: answers with 301, 302, 303, 307 or 308 and a `Location`, relative or with `ws`, `wss`, `http`
   * or `https`; never from `wss` to `ws`. To another scheme, host or port go no credentials of the URL, and of `handshakeHeaders`
   * no `Authorization`, `Cookie`, `Proxy-Authorization` or `Host`, nor is the client's certificate shown there (unless
   * `certificateForRedirects` of its `TLSOptions` says so). Every hop has the time limits anew, and its own `proxy`. One more
   * is `TICKPEER_REDIRECT_LIMIT`. Counts when `connectToUrl` is called; `connectToStream` follows none. 0 to 20. Default: 0, and
   * then a redirect is a `TICKPEER_HANDSHAKE_STATUS` like every answer but 101.
   */
  get maxRedirects(): number {
    return this.settings.maxRedirects;
  }

  set maxRedirects(redirects: number) {
    this.change('maxRedirects', integer('maxRedirects', redirects, 0, 20));
  }

  /** Sets every property that `options` has. */
  protected configure(options: Partial<PeerProperties>): void {
    for (const name of PROPERTY_NAMES) {
      const value = options[name];
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }

  protected change<K extends keyof PeerSettings>(name: K, value: PeerSettings[K]): void {
    this.settings = changed(this.settings, name, value);
    this.onSettingsChanged();
  }

  /** A limit may have changed that an open connection was waiting for. */
  protected abstract onSettingsChanged(): void;
}

/** Whatever has a setter above. A browser's bundle has a table instead: peer-configuration.browser.ts. */
const PROPERTY_NAMES = Object.entries(Object.getOwnPropertyDescriptors(PeerConfiguration.prototype)).flatMap(
  ([name, { set }]) => (set === undefined ? [] : [name as keyof PeerProperties]), // the class has no other setters
);
