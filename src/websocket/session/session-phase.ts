/** How far a session has come, as the event loop knows it; the user sees `Session.state`. */
export enum Phase {
  /** The stream is not open yet: name resolution, TCP, TLS. */
  STREAM = 0,
  HANDSHAKE = 1,
  OPEN = 2,
  OVER = 3,
}
