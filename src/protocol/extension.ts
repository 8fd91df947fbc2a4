import type { Failure } from '../failure.ts';
import type { ExtensionOffer, ExtensionParam } from './http/header-grammar.ts';
import type { Violation } from './violation.ts';

/**
 * What both handshakes ask of an extension such as `permessage-deflate` (RFC 6455 section 9, RFC 7692).
 *
 * One factory serves many connections and keeps nothing of any of them; what belongs to a connection is in the
 * `Extension` that it makes.
 */
export interface ExtensionFactory {
  /** The registered name; offers and answers with other names are not shown to this factory. */
  readonly name: string;

  /** Client: what to offer, the most wanted first. All bear `name`. Empty: no offer. */
  offer(): readonly ExtensionOffer[];

  /** Client: takes the server's answer to one of the offers, or says with `TICKPEER_HANDSHAKE_EXTENSION` why not. */
  accept(params: readonly ExtensionParam[]): Extension | Failure;

  /**
   * Server: picks one of the client's offers, which come in the client's order of preference, and says with which
   * parameters; null declines them all, and the connection goes on without.
   */
  answer(offers: readonly ExtensionOffer[]): ExtensionAnswer | null;
}

/** What a server agrees to: the parameters that it sends back, and what will obey them. */
export interface ExtensionAnswer {
  /** The factory's own name. */
  readonly name: string;
  readonly params: readonly ExtensionParam[];
  readonly extension: Extension;
}

/** One connection's agreed extension: turns whole messages into what goes over the wire, and back. */
export interface Extension {
  readonly name: string;

  /** Whether it marks its messages with the RSV1 bit. Only one extension of a connection can (RFC 6455 9.1). */
  readonly rsv1: boolean;

  /**
   * Equal for two connections on which `encode` gives the same for the same message, whatever was sent before; null when
   * that depends on the connection's past.
   */
  readonly sharingKey: string | null;

  /** The payload to send with RSV1 set; null: send `message` as it is, RSV1 clear. */
  encode(message: Uint8Array, isText: boolean): Uint8Array | null;

  /** The message behind a payload that came with RSV1 set. Stops as soon as it would be longer than `limit` bytes. */
  decode(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | Violation;

  /** The connection is over: gives back what it holds outside the JavaScript heap. Nothing is called after it. */
  release(): void;
}

/**
 * Server: what the factories make of the offers, in the factories' order. One whose name was not offered is not asked,
 * and one that wants RSV1 when another has it already comes too late.
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
