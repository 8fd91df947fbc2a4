import { lookup } from 'node:dns';
import { clearTimeout, setTimeout } from 'node:timers';
import { domainToASCII } from 'node:url';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { type ParsedUrl, parseUrl } from '../../protocol/index.ts';
import { type StreamPeer, StreamPeerTCP, StreamPeerTLS, type StreamSink, systemClock } from '../../stream/index.ts';
import type { ClientSettings } from '../client/client-options.ts';

/** Milliseconds that each step took. Null: there was no such step, or it cannot be measured. */
export interface RouteTimes {
  /** The name's addresses. Null for an address, and for localhost. */
  name: number | null;
  /** From the addresses to the connection. */
  tcp: number | null;
  tls: number | null;
}

/** A stream to the server, with the time of each step; or the failure of the step that did not work. */
export interface TimedRoute {
  readonly stream: StreamPeer | Failure;
  readonly times: RouteTimes;
}

/**
 * Dials the host of the URL as a peer does, with the same streams, and measures each step. It uses no proxy and follows no redirect.
 * An interruption is a failure.
 */
export function dialTimed({ url, tls, timeout }: ClientSettings, interrupted: AbortSignal): Promise<TimedRoute> {
  const parsed = parseUrl(url);
  const times: RouteTimes = { name: null, tcp: null, tls: null };
  if (isFailure(parsed)) return Promise.resolve({ stream: parsed, times });
  return new Promise((resolve) => {
    let last = performance.now();
    const lap = (): number => {
      const now = performance.now();
      const took = now - last;
      last = now;
      return took;
    };
    const tcp = new StreamPeerTCP(systemClock, {
      lookup: (host, done) => {
        lookup(host, { all: true, order: 'verbatim' }, (error, addresses) => {
          times.name = lap();
          done(error, addresses);
        });
      },
    });
    let stream: StreamPeer = tcp;
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: StreamPeer | Failure): void => {
      clearTimeout(timer);
      interrupted.removeEventListener('abort', interrupt);
      stream.setSink(null);
      if (isFailure(outcome)) stream.destroy();
      resolve({ stream: outcome, times });
    };
    const interrupt = (): void => end({ code: 'TICKPEER_DROPPED', message: 'interrupted' });
    interrupted.addEventListener('abort', interrupt);
    const host = hostOf(parsed);
    const sink: StreamSink = {
      onStreamOpen() {
        if (stream !== tcp) {
          times.tls = lap();
          end(stream);
          return;
        }
        times.tcp = lap();
        if (!parsed.secure) {
          end(stream);
          return;
        }
        const secure = new StreamPeerTLS();
        stream = secure;
        if (secure.connectToStream(tcp, host, tls) !== ErrorCode.OK) {
          end(secure.getLastFailure() ?? { code: 'TICKPEER_TLS', message: 'TLS could not begin' });
          return;
        }
        const message = `no TLS within ${timeout} s`;
        timer = setTimeout(() => end({ code: 'TICKPEER_HANDSHAKE_TIMEOUT', message }), timeout * 1000);
        secure.setSink(sink);
      },
      onStreamData() {},
      onStreamDrain() {},
      onStreamEnd() {
        end({ code: 'TICKPEER_CONNECTION_LOST', message: 'the other side ended the connection' });
      },
      onStreamFailure: end,
    };
    tcp.connectTimeLimit = timeout;
    if (tcp.connectToHost(host, parsed.port) === ErrorCode.OK) tcp.setSink(sink);
    else end({ code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: "${host}" is not a host.` });
  });
}

function hostOf({ host }: ParsedUrl): string {
  return /^[\x20-\x7e]*$/.test(host) ? host : domainToASCII(host);
}
