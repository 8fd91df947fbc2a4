/**
 * Why something failed, in more detail than an `ErrorCode`; `getLastFailure()` returns it.
 *
 * `code` is for programs and does not change between versions. `message` is for people and names the details, such as
 * the limit and the size, or the header and its value.
 */
export interface Failure {
  /** A stable name, always `TICKPEER_…`; docs/failures.md lists them all. */
  readonly code: FailureCode;
  readonly message: string;
  /**
   * Node's error, if one was the cause, with its `code` such as `ECONNREFUSED`. In JSON it has its name, message and
   * `code`.
   */
  readonly cause?: Error;
}

/** All codes of failures. None is used both for a mistake of the program and for one of the other side. */
export type FailureCode =
  // What the program asked for could not be done.
  | 'TICKPEER_INVALID_URL'
  | 'TICKPEER_INVALID_PATH'
  | 'TICKPEER_INVALID_HEADER'
  | 'TICKPEER_INVALID_PROTOCOL'
  | 'TICKPEER_INVALID_TLS_OPTIONS'
  | 'TICKPEER_INVALID_TEXT'
  | 'TICKPEER_INVALID_STREAM'
  | 'TICKPEER_INVALID_PROXY'
  | 'TICKPEER_ALREADY_IN_USE'
  | 'TICKPEER_NOT_OPEN'
  | 'TICKPEER_OUTBOUND_LIMIT'
  | 'TICKPEER_DROPPED'
  | 'TICKPEER_LISTEN_FAILED'
  | 'TICKPEER_UNAVAILABLE'
  | 'TICKPEER_BLOCKED'
  // The connection could not be established.
  | 'TICKPEER_CANT_RESOLVE'
  | 'TICKPEER_CANT_CONNECT'
  | 'TICKPEER_CONNECT_TIMEOUT'
  | 'TICKPEER_TLS'
  | 'TICKPEER_TLS_CERTIFICATE'
  | 'TICKPEER_TLS_HOSTNAME_MISMATCH'
  // The proxy did not connect us.
  | 'TICKPEER_PROXY_UNREACHABLE'
  | 'TICKPEER_PROXY_TLS'
  | 'TICKPEER_PROXY_TIMEOUT'
  | 'TICKPEER_PROXY_LOST'
  | 'TICKPEER_PROXY_TOO_LARGE'
  | 'TICKPEER_PROXY_MALFORMED'
  | 'TICKPEER_PROXY_AUTHENTICATION'
  | 'TICKPEER_PROXY_STATUS'
  // The server redirects, and the redirect is not followed.
  | 'TICKPEER_REDIRECT_LIMIT'
  | 'TICKPEER_REDIRECT_LOCATION'
  | 'TICKPEER_REDIRECT_INSECURE'
  | 'TICKPEER_REDIRECT_LOOP'
  // The opening handshake failed.
  | 'TICKPEER_HANDSHAKE_TIMEOUT'
  | 'TICKPEER_HANDSHAKE_TOO_LARGE'
  | 'TICKPEER_HANDSHAKE_MALFORMED'
  | 'TICKPEER_HANDSHAKE_STATUS'
  | 'TICKPEER_HANDSHAKE_HEADER'
  | 'TICKPEER_HANDSHAKE_PROTOCOL'
  | 'TICKPEER_HANDSHAKE_EXTENSION'
  | 'TICKPEER_HANDSHAKE_REFUSED'
  // The open connection failed.
  | 'TICKPEER_PROTOCOL_ERROR'
  | 'TICKPEER_INVALID_UTF8'
  | 'TICKPEER_INVALID_COMPRESSION'
  | 'TICKPEER_MESSAGE_TOO_BIG'
  | 'TICKPEER_TOO_MANY_FRAGMENTS'
  | 'TICKPEER_ARRIVAL_LIMIT'
  | 'TICKPEER_CONNECTION_LOST'
  | 'TICKPEER_CONNECTION_RESET'
  | 'TICKPEER_HEARTBEAT_TIMEOUT'
  | 'TICKPEER_CLOSE_TIMEOUT'
  // Bytes that arrived are not the Variant that was expected.
  | 'TICKPEER_INVALID_VARIANT'
  | 'TICKPEER_UNEXPECTED_VARIANT'
  // A file is not a recording of tickpeer/testing, or is cut off.
  | 'TICKPEER_INVALID_RECORDING'
  // Godot's multiplayer protocol.
  | 'TICKPEER_BAD_PACKET'
  | 'TICKPEER_RPC_UNKNOWN_NODE'
  | 'TICKPEER_RPC_UNKNOWN_METHOD'
  | 'TICKPEER_RPC_ARGUMENTS'
  | 'TICKPEER_RPC_NOT_ALLOWED'
  | 'TICKPEER_RPC_CHECKSUM'
  | 'TICKPEER_REPLICATION_UNDECLARED'
  | 'TICKPEER_REPLICATION_NOT_ALLOWED'
  | 'TICKPEER_REPLICATION_STATE'
  | 'TICKPEER_SPAWN_REFUSED'
  | 'TICKPEER_NOT_VISIBLE'
  | 'TICKPEER_RELAY_OFF'
  | 'TICKPEER_NOT_AUTHENTICATED'
  | 'TICKPEER_AUTH_TIMEOUT'
  | 'TICKPEER_INVALID_ID'
  | 'TICKPEER_INVALID_TOKEN'
  | 'TICKPEER_UNKNOWN_PEER'
  | 'TICKPEER_PEER_LIMIT'
  // Rooms.
  | 'TICKPEER_ROOM_FULL'
  | 'TICKPEER_ROOM_CLOSED'
  | 'TICKPEER_ROOM_LIMIT'
  | 'TICKPEER_ROOM_FAILED'
  | 'TICKPEER_STOPPING'
  | 'TICKPEER_CLUSTER';

/** A failure with its cause. `JSON.stringify` works whatever properties the cause has, such as a chain of certificates. */
export function failed(code: FailureCode, message: string, cause: Error | null = null): Failure {
  if (cause === null) return { code, message };
  return Object.defineProperty({ code, message, cause }, 'toJSON', { value: toJSON });
}

/** Whether `result` is a failure: functions that can fail return `T | Failure`. */
export function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'code' in result && 'message' in result;
}

/** What `JSON.stringify` writes: of the cause only its name, message and `code`. */
function toJSON(this: Failure): object {
  const { code, message, cause } = this;
  if (cause === undefined) return { code, message };
  const causeCode = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {};
  return { code, message, cause: { name: cause.name, message: cause.message, ...causeCode } };
}
