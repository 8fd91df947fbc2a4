import { CloseCode } from '../close-code.ts';
import type { Violation } from '../violation.ts';
import type { InboundLimits } from './message-limits.ts';

export const NOT_UTF8: Violation = {
  closeCode: CloseCode.INVALID_PAYLOAD_DATA,
  code: 'TICKPEER_INVALID_UTF8',
  message: 'a text message that is not UTF-8',
};

/** A message of which `size` bytes are announced so far. */
export function messageTooBig(size: number, { inboundBufferSize }: InboundLimits): Violation {
  const sizeText = size === Number.POSITIVE_INFINITY ? 'more than 2^53' : size;
  return {
    closeCode: CloseCode.MESSAGE_TOO_BIG,
    code: 'TICKPEER_MESSAGE_TOO_BIG',
    message: `a message of at least ${sizeText} bytes arrived; inboundBufferSize is ${inboundBufferSize}`,
  };
}

export function tooManyFragments({ maxFragments }: InboundLimits): Violation {
  return {
    closeCode: CloseCode.POLICY_VIOLATION,
    code: 'TICKPEER_TOO_MANY_FRAGMENTS',
    message: `a message in more than ${maxFragments} frames`,
  };
}
