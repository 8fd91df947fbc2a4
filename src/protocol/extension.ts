import type { Failure } from '../failure.ts';
import type { ExtensionOffer, ExtensionParam } from './http/header-grammar.ts';
import type { Violation } from './violation.ts';

/**
 * Negotiates an extension such as `permessage-deflate` in both handshakes (RFC 6455 section 9, RFC 7692).
 *
 * One factory serves many connections and has no state of a connection: that is in the `Extension` that it makes.
 */
export interface ExtensionFactory {
  /** The registered name. Only offers and responses with this name are given to the factory. */
  readonly name: string;

  /** Client: the offers in the order of preference, all with `name`. Empty: no offer. */
  offer(): readonly ExtensionOffer[];

  /** Client: accepts the server's answer to one of the offers, or returns a `TICKPEER_HANDSHAKE_EXTENSION` failure. */
  accept(params: readonly ExtensionParam[]): Extension | Failure;

  /**
   * Server: chooses one of the offers, which are in the client's order of preference, and its parameters. Null declines them
   * all: then the connection has no such extension.
   */
  answer(offers: readonly ExtensionOffer[]): ExtensionAnswer | null;
}

/** A server's answer to an offer: the parameters to send, and the extension with these parameters. */
export interface ExtensionAnswer {
  /** The factory's own name. */
  readonly name: string;
  readonly params: readonly ExtensionParam[];
  readonly extension: Extension;
}

/** One connection's negotiated extension: encodes and decodes whole messages. */
export interface Extension {
  readonly name: string;

  /** Whether it marks its messages with the RSV1 bit. Only one extension of a connection can (RFC 6455 9.1). */
  readonly rsv1: boolean;

  /**
   * Equal for two connections on which `encode` returns the same for the same message. Null when that depends on earlier
   * messages of the connection.
   */
  readonly sharingKey: string | null;

  /** The payload to send with RSV1 set. Null: send `message` unchanged, with RSV1 clear. */
  encode(message: Uint8Array, isText: boolean): Uint8Array | null;

  /** Decodes a payload that came with RSV1 set. Stops when the message is longer than `limit` bytes. */
  decode(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | Violation;

  /** Frees memory outside the JavaScript heap when the connection is closed. Nothing is called after it. */
  release(): void;
}

/**
 * Server: the factories' answers to the offers, in the order of the factories. A factory whose name was not offered is not
 * called. An answer that uses RSV1 is dropped when an earlier one uses it.
 */
export function answerOffers(
  offers: readonly ExtensionOffer[],
  factories: readonly ExtensionFactory[],
): readonly ExtensionAnswer[] {
  const answers: ExtensionAnswer[] = [];
  for (const factory of factories) {
    const mine = offers.filter((offer) => offer.name === factory.name);
    const answer = mine.length === 0 ? null : factory.answer(mine);
    if (answer === null) continue;
    const collides = answers.some((other) => other.extension.rsv1 && answer.extension.rsv1);
    if (!collides) answers.push(answer);
  }
  return answers;
}
