import { type Failure, isFailure } from '../../failure.ts';
import { CloseCode } from '../close-code.ts';
import type { Extension, ExtensionAnswer, ExtensionFactory } from '../extension.ts';
import type { ExtensionOffer, ExtensionParam } from '../http/header-grammar.ts';
import type { Role } from '../opcode.ts';
import type { Violation } from '../violation.ts';
import type { DeflateCodec, Deflater, Inflater } from './deflate-codec.ts';
import { type DeflateParams, formatParams, NAME, parseParams, refuse } from './permessage-deflate-params.ts';

/** The settings of `permessage-deflate`. */
export interface DeflateSettings {
  /** Whether the server's compressor drops its context after every message. */
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** The largest window of the server's compressor, 8 to 15. */
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
  /** Messages of fewer bytes are sent uncompressed. */
  readonly threshold: number;
  readonly level: number;
  readonly memLevel: number;
}

/** zlib cannot compress with a window of 2^8. But a message that is not longer fits into any window. */
const SMALLEST_WINDOW = 256;

/** Negotiates `permessage-deflate` (RFC 7692) in both handshakes. */
export class PermessageDeflate implements ExtensionFactory {
  readonly name: string = NAME;
  readonly #settings: DeflateSettings;
  readonly #codec: DeflateCodec;

  constructor(settings: DeflateSettings, codec: DeflateCodec) {
    this.#settings = settings;
    this.#codec = codec;
  }

  /**
   * An offer with the settings. If it limits the server's window, a second offer without that limit follows, for a server
   * that cannot limit it and declines the first (RFC 7692 7.1.2.1).
   */
  offer(): readonly ExtensionOffer[] {
    const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } =
      this.#settings;
    const wanted: DeflateParams = {
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits: serverMaxWindowBits < 15 ? serverMaxWindowBits : null,
      // RFC 7692 7.1.2.2: without a value it says that we understand the parameter.
      clientMaxWindowBits: clientMaxWindowBits < 15 ? clientMaxWindowBits : 'any',
    };
    const offers = [{ name: NAME, params: formatParams(wanted) }];
    if (wanted.serverMaxWindowBits !== null) {
      offers.push({ name: NAME, params: formatParams({ ...wanted, serverMaxWindowBits: null }) });
    }
    return offers;
  }

  /** The answer must match an offer (RFC 7692 5, 7.1); otherwise the handshake fails. */
  accept(params: readonly ExtensionParam[]): Extension | Failure {
    const answer = parseParams(params);
    if (isFailure(answer)) return answer;
    const { serverMaxWindowBits, clientMaxWindowBits } = answer;
    if (this.#settings.serverNoContextTakeover && !answer.serverNoContextTakeover) {
      // RFC 7692 7.1.1.1: a server that accepts the offer repeats the parameter.
      return refuse('the server left out server_no_context_takeover, which was asked for');
    }
    // A server that accepted the second offer may leave it out. If it is there, it must not exceed the limit.
    if (serverMaxWindowBits !== null && serverMaxWindowBits > this.#settings.serverMaxWindowBits) {
      return refuse(`server_max_window_bits=${serverMaxWindowBits} is more than was asked for`);
    }
    if (typeof clientMaxWindowBits === 'number' && clientMaxWindowBits > this.#settings.clientMaxWindowBits) {
      return refuse(`client_max_window_bits=${clientMaxWindowBits} is more than was offered`);
    }
    if (clientMaxWindowBits === 'any') return refuse('client_max_window_bits has no value');
    return this.#make('client', {
      ...answer,
      clientNoContextTakeover: answer.clientNoContextTakeover || this.#settings.clientNoContextTakeover,
      clientMaxWindowBits: Math.min(clientMaxWindowBits ?? 15, this.#settings.clientMaxWindowBits),
    });
  }

  /** Accepts the first valid offer (RFC 7692 5.1, 7.1: others are declined), limited by the settings. */
  answer(offers: readonly ExtensionOffer[]): ExtensionAnswer | null {
    for (const offer of offers) {
      const offered = parseParams(offer.params);
      if (isFailure(offered)) continue;
      const agreed = this.#agree(offered);
      return { name: NAME, params: formatParams(agreed), extension: this.#make('server', agreed) };
    }
    return null;
  }

  #agree(offered: DeflateParams): DeflateParams {
    const settings = this.#settings;
    const serverBits = Math.min(asBits(offered.serverMaxWindowBits), settings.serverMaxWindowBits);
    // RFC 7692 7.1.2.2: "MUST NOT include" unless it was offered; we can read any window.
    const clientBits = Math.min(asBits(offered.clientMaxWindowBits), settings.clientMaxWindowBits);
    return {
      serverNoContextTakeover: offered.serverNoContextTakeover || settings.serverNoContextTakeover,
      clientNoContextTakeover: offered.clientNoContextTakeover || settings.clientNoContextTakeover,
      serverMaxWindowBits: offered.serverMaxWindowBits !== null || serverBits < 15 ? serverBits : null,
      clientMaxWindowBits: offered.clientMaxWindowBits !== null && clientBits < 15 ? clientBits : null,
    };
  }

  #make(role: Role, agreed: DeflateParams): Extension {
    const isServer = role === 'server';
    return new DeflateExtension(
      this.#settings,
      this.#codec,
      isServer
        ? { keepsContext: !agreed.serverNoContextTakeover, windowBits: asBits(agreed.serverMaxWindowBits) }
        : { keepsContext: !agreed.clientNoContextTakeover, windowBits: asBits(agreed.clientMaxWindowBits) },
      isServer
        ? { keepsContext: !agreed.clientNoContextTakeover, windowBits: asBits(agreed.clientMaxWindowBits) }
        : { keepsContext: !agreed.serverNoContextTakeover, windowBits: asBits(agreed.serverMaxWindowBits) },
    );
  }
}

interface Direction {
  readonly keepsContext: boolean;
  readonly windowBits: number;
}

/** One connection's compression. The compressors are made when the first message needs them. */
class DeflateExtension implements Extension {
  readonly name: string = NAME;
  readonly rsv1 = true;
  readonly #settings: DeflateSettings;
  readonly #codec: DeflateCodec;
  readonly #outgoing: Direction;
  readonly #incoming: Direction;
  #deflater: Deflater | null = null;
  #inflater: Inflater | null = null;

  constructor(settings: DeflateSettings, codec: DeflateCodec, outgoing: Direction, incoming: Direction) {
    this.#settings = settings;
    this.#codec = codec;
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  get sharingKey(): string | null {
    const { threshold, level, memLevel } = this.#settings;
    const { windowBits, keepsContext } = this.#outgoing;
    return keepsContext ? null : `${NAME} ${windowBits} ${threshold} ${level} ${memLevel}`;
  }

  encode(message: Uint8Array, _isText: boolean): Uint8Array | null {
    const { windowBits, keepsContext } = this.#outgoing;
    if (message.length < this.#settings.threshold || message.length === 0) return null;
    const isSmallest = windowBits === 8;
    if (isSmallest && message.length > SMALLEST_WINDOW) return null;
    this.#deflater ??= this.#codec.createDeflater({
      windowBits: Math.max(9, windowBits),
      keepsContext: keepsContext && !isSmallest,
      level: this.#settings.level,
      memLevel: this.#settings.memLevel,
    });
    return this.#deflater.deflate(message);
  }

  decode(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | Violation {
    this.#inflater ??= this.#codec.createInflater(this.#incoming);
    const message = this.#inflater.inflate(payload, limit);
    if (typeof message !== 'string') return message;
    if (message === 'too big') {
      return {
        closeCode: CloseCode.MESSAGE_TOO_BIG,
        code: 'TICKPEER_MESSAGE_TOO_BIG',
        message: `a compressed message of more than ${limit} bytes arrived; inboundBufferSize is ${limit}`,
      };
    }
    return {
      closeCode: CloseCode.INVALID_PAYLOAD_DATA,
      code: 'TICKPEER_INVALID_COMPRESSION',
      message: 'a message whose compressed data is broken',
    };
  }

  release(): void {
    this.#deflater?.release();
    this.#inflater?.release();
    this.#deflater = null;
    this.#inflater = null;
  }
}

function asBits(bits: number | 'any' | null): number {
  return typeof bits === 'number' ? bits : 15;
}
