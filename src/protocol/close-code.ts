/** Close codes with a name in RFC 6455 7.4.1 and the IANA registry. */
export enum CloseCode {
  NORMAL_CLOSURE = 1000,
  GOING_AWAY = 1001,
  PROTOCOL_ERROR = 1002,
  UNSUPPORTED_DATA = 1003,
  /** Never on the wire: what a Close frame without a code reads as. */
  NO_STATUS_RECEIVED = 1005,
  /** Never on the wire: what stands for an end without a closing handshake. */
  ABNORMAL_CLOSURE = 1006,
  INVALID_PAYLOAD_DATA = 1007,
  POLICY_VIOLATION = 1008,
  MESSAGE_TOO_BIG = 1009,
  MANDATORY_EXTENSION = 1010,
  INTERNAL_ERROR = 1011,
  SERVICE_RESTART = 1012,
  TRY_AGAIN_LATER = 1013,
  BAD_GATEWAY = 1014,
}

/**
 * Whether a code may stand in a Close frame, sent or received: 1000-1003, 1007-1014, 3000-4999 (RFC 6455 7.4.2; 1012 to
 * 1014 by the IANA registry). 1004 is reserved; 1005, 1006 and 1015 are for local use only.
 */
export function isCloseCodeOnWire(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  if (code >= 1007) return code <= 1014;
  return code >= 1000 && code <= 1003;
}
