import type { Failure } from '../../src/failure.ts';
import { State } from '../../src/index.ts';
import type { LinkOptions } from '../../src/testing/index.ts';
import type { Actor } from './actor.ts';
import { Violation } from './violation.ts';

/** The events on a connection, besides the actions of its two ends. */
export interface Fate {
  readonly options: LinkOptions;
  /** Bytes were lost, or will never arrive. */
  wasBroken: boolean;
  /** Bytes arrived late. */
  wasDisturbed: boolean;
}

/** Checks a connection that has ended, at one end: the way it ended, and that everything has arrived. */
export function judge(actor: Actor, fate: Fate): void {
  const { peer, other, name } = actor;
  if (actor.state !== State.STATE_CLOSED) throw new Violation('ends', `${name} is in ${State[actor.state]} in the end`);
  actor.readRest();
  if (actor.ending !== null) {
    const fault = findFault(actor, actor.ending, fate);
    if (fault !== null) throw new Violation(fault.rule, `${name}: ${actor.ending.code}, ${fault.why}`);
    return;
  }
  const { packetsDiscarded, packetsReceived } = peer.getStatistics();
  if (packetsReceived !== actor.receivedCount) {
    throw new Violation('exactly', `${name}: ${packetsReceived} packets counted, ${actor.receivedCount} read`);
  }
  if (packetsDiscarded > 0 && actor.closeCalledAt === Number.POSITIVE_INFINITY) {
    throw new Violation('complete', `${name}: ${packetsDiscarded} packets discarded without a close of its own`);
  }
  const missing = other.sent.length - actor.receivedCount - packetsDiscarded;
  if (missing !== 0) throw new Violation('complete', `${name}: a clean close, and ${missing} packets are missing`);
  judgeCode(actor);
}

/** A Close frame has the code that a program gave to `close`, or that for which the other end refused a message. */
function judgeCode({ name, peer, closeCode, closeReason, other }: Actor): void {
  const code = peer.getCloseCode();
  const reason = peer.getCloseReason();
  if (code === 1009 && (other.ending?.code === 'TICKPEER_MESSAGE_TOO_BIG' || other.wasDropped)) return;
  const said = [
    { code: closeCode, reason: closeReason },
    { code: other.closeCode, reason: other.closeReason },
  ];
  const isSaid = said.some((close) => close.code === code && close.reason.startsWith(reason));
  if (!isSaid) throw new Violation('codes', `${name}: Close ${code} "${reason}", which nobody said`);
  // Only one end closed: both have its code.
  if (other.ending === null && closeCode === -1 && code !== other.closeCode) {
    throw new Violation('codes', `${name}: Close ${code}, the other end said ${other.closeCode}`);
  }
}

function findFault(
  actor: Actor,
  { code, message }: Failure,
  fate: Fate,
): { rule: 'cause' | 'size'; why: string } | null {
  const { other, ranges } = actor;
  const isCalm = isEasy(fate);
  const otherEnding = other.ending?.code;
  const because = (isThere: boolean, why: string) => (isThere ? null : ({ rule: 'cause', why } as const));
  switch (code) {
    case 'TICKPEER_DROPPED':
      return because(actor.wasDropped, 'but it was not dropped');
    case 'TICKPEER_CONNECTION_LOST':
    case 'TICKPEER_CONNECTION_RESET': {
      const isTheirs = otherEnding !== undefined && !/CONNECTION_(LOST|RESET)$/.test(otherEnding);
      return because(!isCalm || isTheirs || !actor.isEager, `but nothing happened to the link (${message})`);
    }
    case 'TICKPEER_HEARTBEAT_TIMEOUT': {
      const { pongTimeLimit, heartbeatInterval } = ranges;
      const hasBeat = heartbeatInterval.most > 0;
      const limit =
        pongTimeLimit.least > 0 ? pongTimeLimit.least : Math.min(pongTimeLimit.most, heartbeatInterval.least);
      const mayBeLate = !isCalm || !other.isEager || limit * 1000 < 4 * other.plan.pollEvery + 3000;
      return because(hasBeat && mayBeLate, 'but the Pong must have come');
    }
    case 'TICKPEER_CLOSE_TIMEOUT': {
      const mayBeLate = !isCalm || !other.isEager || ranges.closeTimeLimit.least < 3;
      const hasClosed = actor.closeCalledAt !== Number.POSITIVE_INFINITY;
      return because(hasClosed && mayBeLate, 'but the answer must have come');
    }
    case 'TICKPEER_CONNECT_TIMEOUT':
      return because((fate.options.connectTime ?? 0) > 0, 'but the link was open at once');
    case 'TICKPEER_HANDSHAKE_TIMEOUT':
      return because(!isCalm || ranges.handshakeTimeLimit.least < 1, 'but the handshake was quick');
    case 'TICKPEER_HANDSHAKE_STATUS':
      return because(otherEnding === 'TICKPEER_HANDSHAKE_TIMEOUT', `but the server did not time out (${message})`);
    case 'TICKPEER_MESSAGE_TOO_BIG': {
      const size = other.sent[actor.receivedCount]?.bytes.length ?? 0;
      const limit = ranges.inboundBufferSize.least;
      const isTooBig = size > limit || actor.peer.getStatistics().packetsDiscarded > 0;
      return isTooBig ? null : { rule: 'size', why: `for a message of ${size}, with a limit of ${limit} (${message})` };
    }
    default:
      return because(false, `for which there is no cause here (${message})`);
  }
}

/** Everything arrives, and quickly. */
function isEasy({ options, wasBroken, wasDisturbed }: Fate): boolean {
  const { latency = 0, jitter = 0, bandwidth = Number.POSITIVE_INFINITY, loss = 0, capacity = 65_536 } = options;
  if (wasBroken || wasDisturbed || loss > 0 || bandwidth < Number.POSITIVE_INFINITY || (options.connectTime ?? 0) > 0) {
    return false;
  }
  if (options.there !== undefined || options.back !== undefined) return false;
  const delay = latency + jitter;
  return delay === 0 || (delay <= 30 && capacity >= 60_000);
}
