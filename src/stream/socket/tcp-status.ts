export enum TCPStatus {
  /** Not connected: new, disconnected, or the other side has ended and everything was read. */
  STATUS_NONE = 0,
  STATUS_CONNECTING = 1,
  STATUS_CONNECTED = 2,
  /** Connecting failed or the connection broke: `getLastFailure()` says why. */
  STATUS_ERROR = 3,
}
