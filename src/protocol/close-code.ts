/** The close codes with a name, from RFC 6455 7.4.1 and the IANA registry. */
export enum CloseCode {
  /** The purpose of the connection is fulfilled. */
  NORMAL_CLOSURE = 1000,
  /** A server shuts down, or a page is left. */
  GOING_AWAY = 1001,
  /** The other side broke the protocol. */
  PROTOCOL_ERROR = 1002,
  /** A kind of data arrived that cannot be accepted, such as binary data. */
  UNSUPPORTED_DATA = 1003,
  /** Never on the wire: what a Close frame without a code reads as. */
  NO_STATUS_RECEIVED = 1005,
  /** Never on the wire: stands for an end without a closing handshake. */
  ABNORMAL_CLOSURE = 1006,
  /** A message does not fit its type: text that is not UTF-8. */
  INVALID_PAYLOAD_DATA = 1007,
  /** A message breaks a policy that no other code names. */
  POLICY_VIOLATION = 1008,
  /** A message is above a size limit. */
  MESSAGE_TOO_BIG = 1009,
  /** A client needs an extension that the server did not agree to. */
  MANDATORY_EXTENSION = 1010,
  /** A server met an unexpected condition. */
  INTERNAL_ERROR = 1011,
  /** A server restarts. */
  SERVICE_RESTART = 1012,
  /** A server is overloaded. */
  TRY_AGAIN_LATER = 1013,
  /** A gateway got an invalid response from the server behind it. */
  BAD_GATEWAY = 1014,
}

/**
 * The first and the last of the codes that a Close frame may carry, sent or received (RFC 6455 7.4.2). Codes from 3000 on
 * are for libraries and applications. All others, such as 1004 and 1015, are reserved.
 */
const ON_WIRE: readonly (readonly [first: number, last: number])[] = [
  [CloseCode.NORMAL_CLOSURE, CloseCode.UNSUPPORTED_DATA],
  [CloseCode.INVALID_PAYLOAD_DATA, CloseCode.BAD_GATEWAY],
  [3000, 4999],
];

/** Whether a Close frame may carry `code`, which is an integer. The same codes may be sent and may arrive. */
export function isCloseCodeOnWire(code: number): boolean {
  return ON_WIRE.some(([first, last]) => code >= first && code <= last);
}

/** Whether `code`, any number, may be given to `Connection.close`. */
export function isSendableCloseCode(code: number): boolean {
  return Number.isInteger(code) && isCloseCodeOnWire(code);
}
