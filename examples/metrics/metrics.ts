import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { DiagnosticsMessage, DiagnosticsMessages, WebSocketPeer } from 'tickpeer';

type Name = keyof DiagnosticsMessages;

/** The sums over all peers, also those that have closed. */
const TRAFFIC = ['bytesReceived', 'bytesSent', 'packetsReceived', 'packetsSent'] as const;
type Traffic = Record<(typeof TRAFFIC)[number], number>;

/** A counter with labels: the number for each combination. */
class Counter {
  readonly #counts = new Map<string, number>();

  count(labels: Readonly<Record<string, string | number>>): void {
    const key = Object.entries(labels)
      .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
      .join(',');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  *samples(name: string): Generator<string> {
    for (const [labels, count] of this.#counts) yield `${name}{${labels}} ${count}`;
  }
}

/**
 * The peers of this process in numbers, from tickpeer's diagnostics channels, as the text that Prometheus reads (exposition
 * format 0.0.4). Counts from its creation until `stop()`.
 */
export class Metrics {
  readonly #open = new Set<WebSocketPeer>();
  readonly #opened = new Counter();
  readonly #closed = new Counter();
  readonly #failures = new Counter();
  readonly #limits = new Counter();
  readonly #refused = new Counter();
  /** Of peers that have gone. */
  readonly #past: Traffic = { bytesReceived: 0, bytesSent: 0, packetsReceived: 0, packetsSent: 0 };
  readonly #listeners: readonly (() => void)[];

  constructor() {
    this.#listeners = [
      listen('tickpeer:open', ({ peer, role }) => {
        this.#open.add(peer);
        this.#opened.count({ role });
      }),
      listen('tickpeer:close', ({ peer, role, code }) => {
        this.#open.delete(peer);
        this.#closed.count({ role, code });
        add(this.#past, peer);
      }),
      listen('tickpeer:failure', ({ role, failure }) => this.#failures.count({ role, failure: failure.code })),
      listen('tickpeer:limit', ({ role, limit, effect }) => this.#limits.count({ role, limit, effect })),
      listen('tickpeer:handshake:refused', ({ role, status }) =>
        this.#refused.count({ role, status: status ?? 'none' }),
      ),
    ];
  }

  /** The response's body, with the type `text/plain; version=0.0.4`. */
  toString(): string {
    const traffic = { ...this.#past };
    for (const peer of this.#open) add(traffic, peer);
    return [
      ...family('tickpeer_peers', 'gauge', 'Peers that are open or closing.', [`tickpeer_peers ${this.#open.size}`]),
      ...counters('tickpeer_peers_opened_total', 'Peers that have opened.', this.#opened),
      ...counters(
        'tickpeer_peers_closed_total',
        'Peers that have closed, by close code; -1 is an unclean end.',
        this.#closed,
      ),
      ...counters('tickpeer_failures_total', 'Connections that failed, opened or not, by failure.', this.#failures),
      ...counters('tickpeer_limits_total', 'Limits that did their work.', this.#limits),
      ...counters('tickpeer_handshakes_refused_total', 'Opening handshakes refused, by HTTP status.', this.#refused),
      ...TRAFFIC.flatMap((name) => {
        const full = `tickpeer_${name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)}_total`;
        const help = `${name.startsWith('bytes') ? 'Bytes on the wire' : 'Messages'}, all peers together.`;
        return family(full, 'counter', help, [`${full} ${traffic[name]}`]);
      }),
      '',
    ].join('\n');
  }

  stop(): void {
    for (const end of this.#listeners) end();
  }
}

/** Returns a function that ends it. */
function listen<N extends Name>(name: N, onMessage: (message: DiagnosticsMessages[N]) => void): () => void {
  // The channel's name determines the type of its messages.
  const listener = (message: unknown): void => onMessage(message as DiagnosticsMessages[N] & DiagnosticsMessage);
  subscribe(name, listener);
  return () => void unsubscribe(name, listener);
}

function add(to: Traffic, peer: WebSocketPeer): void {
  const statistics = peer.getStatistics();
  for (const name of TRAFFIC) to[name] += statistics[name];
}

function counters(name: string, help: string, counter: Counter): string[] {
  return family(name, 'counter', help, [...counter.samples(name)]);
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
