import type { HandshakeRequest } from '../../protocol/index.ts';
import type { PlainAnswer, Refusal, ServerOpening } from '../session/server-opening.ts';
import type { Admission } from './admission.ts';
import { HEALTHY, NOT_READY, STOPPED } from './health-answer.ts';
import { LingeringClients } from './lingering-clients.ts';
import { overloaded, STOPPING, slowest, tooManyFromAddress, undecided } from './request-rules.ts';
import { type ServedPeer, type ServedPeerGate, Stage } from './served-peer.ts';

/** The limit of bytes of all requests that wait for the program. */
const REQUEST_SIZE_LIMIT = 16_777_216;
/** The limit of bytes that came after those requests, of all clients together. RFC 6455 4.1 forbids clients to send any. */
const EARLY_SIZE_LIMIT = 4_194_304;

/** The limits of a server's clients. Each may be `Infinity`. */
export interface ServerLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxPendingHandshakes: number;
  readonly maxPendingRequests: number;
  readonly maxRefusedClients: number;
}

/** The rules for a server's clients. */
export interface HandshakeRules {
  readonly limits: ServerLimits;
  readonly admission: Admission;
  readonly healthPath: string | null;
}

/** A client that is refused to make room for another. */
export interface Eviction {
  readonly served: ServedPeer;
  readonly refusal: Refusal;
}

/**
 * Counts the clients of a server by their stage, from the first byte to the last, and keeps each count within its limit. The counts
 * change in the event loop, not in the next poll, so a client that has failed does not take the place of another.
 *
 * Inputs: `begin` when a connection was taken, `judge`, `keepEarly`, `accept` and `end` from its session, `leave` when its
 * peer is CLOSED.
 */
export class HandshakeLimits implements ServedPeerGate {
  readonly #limits: ServerLimits;
  readonly #healthPath: string | null;
  readonly #shutdown: { readonly hasBegun: boolean };
  readonly #server: { readonly isReady: boolean };
  readonly #admission: Admission;
  /** Those in `Stage.READING`, in the order of their arrival: all of them, and by the address that they come from. */
  readonly #reading = new Set<ServedPeer>();
  readonly #readingAt = new Map<string, Set<ServedPeer>>();
  #asked = 0;
  #requestSize = 0;
  #earlySize = 0;
  /** Those in `Stage.ASKED` and `Stage.ADMITTED`. */
  #admitted = 0;
  readonly #refused: LingeringClients;
  /** Accepted clients that have closed. Their sockets count for `maxConnections` and `maxConnectionsPerAddress` until they end. */
  readonly #closed = new LingeringClients(Number.POSITIVE_INFINITY);

  constructor(
    { limits, admission, healthPath }: HandshakeRules,
    shutdown: { readonly hasBegun: boolean },
    server: { readonly isReady: boolean },
  ) {
    this.#limits = limits;
    this.#healthPath = healthPath;
    this.#shutdown = shutdown;
    this.#server = server;
    this.#admission = admission;
    this.#refused = new LingeringClients(limits.maxRefusedClients);
  }

  /**
   * Counts a connection whose request has not arrived. Returns the client to refuse for it, the oldest from the same address or the
   * oldest of all; null when there is room.
   */
  begin(served: ServedPeer): Eviction | null {
    if (served.stage !== Stage.READING) return null;
    this.#reading.add(served);
    const key = this.#admission.connectionKey(served.peer.getConnectedHost());
    if (key !== '') {
      served.connectionKey = key;
      const neighbours = this.#readingAt.get(key) ?? new Set();
      this.#readingAt.set(key, neighbours.add(served));
      const { maxConnectionsPerAddress } = this.#limits;
      // One connection beyond the limit may be read, so that it gets a 429.
      const most = Math.max(1, maxConnectionsPerAddress - this.#admission.countAt(key));
      if (neighbours.size > most) return eviction(neighbours, tooManyFromAddress(maxConnectionsPerAddress));
    }
    const { maxPendingHandshakes } = this.#limits;
    return this.#reading.size > maxPendingHandshakes ? eviction(this.#reading, slowest(maxPendingHandshakes)) : null;
  }

  /** How many connections one poll may take: as many as may be in the handshake. */
  get mostAtOnce(): number {
    return this.#limits.maxPendingHandshakes;
  }

  /** Whether there is a `healthPath`, whose requests get a response after `stop`, too. */
  get answersHealth(): boolean {
    return this.#healthPath !== null;
  }

  trustsProxy(address: string): boolean {
    return this.#admission.proxies.has(address);
  }

  answerPlain(path: string): PlainAnswer | null {
    if (path !== this.#healthPath) return null;
    if (this.#shutdown.hasBegun) return STOPPED;
    return this.#server.isReady ? HEALTHY : NOT_READY;
  }

  /** Decides on a request that has arrived. */
  judge(served: ServedPeer, request: HandshakeRequest, opening: ServerOpening): Refusal | 'ask' | null {
    this.#stopReading(served);
    const { maxConnections, maxPendingRequests } = this.#limits;
    const clientAddress = this.#admission.proxies.clientAddress(request, opening.connectedHost);
    opening.clientAddress = clientAddress;
    if (this.#shutdown.hasBegun) return STOPPING;
    if (!this.#hasRoom()) return overloaded(maxConnections);
    this.#makeRoomAt(this.#admission.clientKey(clientAddress));
    const verdict = this.#admission.judge(request, clientAddress, opening.scheme === 'wss');
    if (verdict !== null && verdict !== 'ask') return verdict;
    if (verdict === 'ask') {
      const isFull = this.#asked >= maxPendingRequests;
      if (isFull || this.#requestSize + opening.requestSize > REQUEST_SIZE_LIMIT) {
        this.#admission.leave(clientAddress);
        return undecided(maxPendingRequests);
      }
      this.#asked++;
      this.#requestSize += opening.requestSize;
      served.requestSize = opening.requestSize;
    }
    served.clientAddress = clientAddress;
    served.stage = verdict === 'ask' ? Stage.ASKED : Stage.ADMITTED;
    this.#admitted++;
    return verdict;
  }

  /** `size` more bytes came after a request that waits for the program. */
  keepEarly(served: ServedPeer, size: number): Refusal | null {
    if (this.#earlySize + size > EARLY_SIZE_LIMIT) return undecided(this.#limits.maxPendingRequests);
    this.#earlySize += size;
    served.earlySize += size;
    return null;
  }

  /** The program accepts a request. */
  accept(served: ServedPeer): void {
    this.#stopAsking(served);
    served.stage = Stage.ADMITTED;
  }

  /** The handshake has failed. */
  end(served: ServedPeer): void {
    this.#stopReading(served);
    this.#release(served);
    const { streamEnding } = served.session.stage;
    if (streamEnding !== null) this.#refused.add(streamEnding);
  }

  /** The peer is CLOSED. */
  leave(served: ServedPeer): void {
    const { streamEnding } = served.session.stage;
    const wasAdmitted = served.stage === Stage.ADMITTED;
    this.#stopReading(served);
    this.#release(served);
    const key = this.#admission.clientKey(served.clientAddress);
    const isCounted = wasAdmitted && (key !== '' || this.#limits.maxConnections !== Number.POSITIVE_INFINITY);
    if (isCounted && streamEnding !== null) this.#closed.add(streamEnding, key);
  }

  /** Whether one more client may be accepted. Drops clients that have closed and not ended their connection, if that makes room. */
  #hasRoom(): boolean {
    const { maxConnections } = this.#limits;
    while (this.#closed.size > 0 && this.#admitted + this.#closed.size >= maxConnections) this.#closed.dropOldest();
    return this.#admitted < maxConnections;
  }

  /** Drops clients of one address that have closed, if that makes room for one more. */
  #makeRoomAt(key: string): void {
    const most = this.#limits.maxConnectionsPerAddress;
    const closed = this.#closed;
    while (closed.countAt(key) > 0 && this.#admission.countAt(key) + closed.countAt(key) >= most)
      closed.dropOldestAt(key);
  }

  #stopReading(served: ServedPeer): void {
    this.#reading.delete(served);
    const neighbours = this.#readingAt.get(served.connectionKey);
    neighbours?.delete(served);
    if (neighbours?.size === 0) this.#readingAt.delete(served.connectionKey);
    if (served.stage === Stage.READING) served.stage = Stage.REFUSED;
  }

  #stopAsking(served: ServedPeer): void {
    if (served.stage !== Stage.ASKED) return;
    this.#asked--;
    this.#requestSize -= served.requestSize;
    this.#earlySize -= served.earlySize;
    served.requestSize = served.earlySize = 0;
  }

  #release(served: ServedPeer): void {
    this.#stopAsking(served);
    if (served.stage === Stage.ASKED || served.stage === Stage.ADMITTED) {
      this.#admitted--;
      this.#admission.leave(served.clientAddress);
    }
    served.stage = Stage.REFUSED;
  }
}

function eviction(clients: ReadonlySet<ServedPeer>, refusal: Refusal): Eviction | null {
  for (const served of clients) return { served, refusal };
  return null;
}
