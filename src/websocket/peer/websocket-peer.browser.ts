import { ErrorCode } from '../../error-code.ts';
import { isFailure } from '../../failure.ts';
import { checkProtocols, hostHeader, type ParsedUrl, parseUrl } from '../../protocol/index.ts';
import { type StreamPeer, type TLSOptions, unavailable, type X509Certificate } from '../../stream/index.ts';
import { BrowserSession } from '../browser/session.ts';
import { type TlsArgument, toTlsOptions } from '../dialling/tls-argument.browser.ts';
import type { WebSocketPeerOptions } from '../settings/peer-properties.ts';
import { setProperties } from '../settings/setting-table.ts';
import { BasePeer } from './base-peer.ts';

// Its properties, those for browsers only as well, are declared in settings/peer-properties.ts.

/**
 * The `WebSocketPeer` of a browser: the same class, over the browser's own `WebSocket`, or its `WebSocketStream` where there is
 * one. What a browser cannot do returns `ERR_UNAVAILABLE`, or is left out with a `TICKPEER_UNAVAILABLE` in `getLastFailure()`;
 * docs/platforms.md has the list.
 */
export class WebSocketPeer extends BasePeer<BrowserSession> {
  /** `options` sets the properties of the same names; see each. `clock` is for tests. */
  constructor(options: WebSocketPeerOptions = {}) {
    super(options.clock);
    setProperties(this, options);
  }

  /** As in Node. The browser ignores headers, credentials and TLS options; `getLastFailure()` notes that. */
  connectToUrl(
    url: string,
    tls: boolean | TLSOptions | null = true,
    trustedTlsCertificate: X509Certificate | null = null,
  ): ErrorCode {
    const options = toTlsOptions(tls, trustedTlsCertificate);
    if (isFailure(options)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, options);
    if (typeof url !== 'string') throw new TypeError('url is a string');
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.reset();
    const parsed = parseUrl(url);
    if (isFailure(parsed)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, parsed);
    const wrongProtocol = checkProtocols(this.settings.supportedProtocols);
    if (wrongProtocol !== null) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, wrongProtocol);
    const session = BrowserSession.connect(urlForBrowser(parsed), url, {
      settings: this.settings,
      clock: this.clock,
      usesStream: WebSocketPeer.usesWebSocketStream,
      wake: (isInCall) => this.wake(isInCall),
    });
    if (isFailure(session)) {
      const isUrl = session.code === 'TICKPEER_INVALID_URL';
      return this.refuse(isUrl ? ErrorCode.ERR_INVALID_PARAMETER : ErrorCode.ERR_UNAVAILABLE, session);
    }
    const ignored = this.#ignoredBy(parsed, options);
    if (ignored.length > 0)
      session.failure = unavailable(`a browser does not let a page choose: ${ignored.join(', ')}`);
    return this.start(session);
  }

  /** 0: a browser does not tell what of its `bufferedAmount` was sent in this turn. @internal */
  get backlog(): number {
    return 0;
  }

  /** `ERR_UNAVAILABLE`: a browser has no streams to connect over. */
  connectToStream(_stream: StreamPeer, _url: string): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`: a browser cannot be a server. */
  acceptStream(_stream: StreamPeer): ErrorCode {
    return this.#refuse();
  }

  /** `ERR_UNAVAILABLE`: a browser cannot be a server. */
  acceptUpgrade(): ErrorCode {
    return this.#refuse();
  }

  #refuse(): ErrorCode {
    return this.refuse(ErrorCode.ERR_UNAVAILABLE, unavailable('a browser connects by URL, and cannot be a server'));
  }

  /** `ERR_UNAVAILABLE`: a browser cannot be a server. */
  acceptConnect(): ErrorCode {
    return this.#refuse();
  }

  /** As `BasePeer.wake`; what `onWake` throws becomes an uncaught error and interrupts nothing. @internal */
  override wake(isInCall: boolean): void {
    try {
      super.wake(isInCall);
    } catch (error) {
      this.clock.atTurnEnd(() => {
        throw error;
      });
    }
  }

  /** The settings and arguments that a browser ignores. */
  #ignoredBy(url: ParsedUrl, tls: TlsArgument): string[] {
    const { handshakeHeaders, heartbeatInterval, compression } = this.settings;
    const ignored: string[] = [];
    if (handshakeHeaders.length > 0) ignored.push('handshakeHeaders');
    if (heartbeatInterval > 0) ignored.push('heartbeatInterval');
    if (compression !== null) ignored.push('compression');
    if (url.authorization !== null) ignored.push('credentials in the URL');
    if (url.secure && tls.isSpecial) ignored.push('how TLS is verified');
    return ignored;
  }
}

/** The URL as `parseUrl` reads it, so that Node and browsers connect to the same server. */
function urlForBrowser(url: ParsedUrl): string {
  return `${url.secure ? 'wss' : 'ws'}://${hostHeader(url)}${url.target}`;
}
