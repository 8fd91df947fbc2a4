/** The states of a `WebSocketPeer`, with the reference's numbers. A fresh peer is in `STATE_CLOSED`. */
export enum State {
  /** Connecting, or in the opening handshake. */
  STATE_CONNECTING = 0,
  /** Ready to communicate. */
  STATE_OPEN = 1,
  /** A close request has been sent and not been confirmed: keep polling. */
  STATE_CLOSING = 2,
  /** Closed, could not be opened, or never was. */
  STATE_CLOSED = 3,
}

/** How `WebSocketPeer.send` frames a message. */
export enum WriteMode {
  /** As text: only well-formed UTF-8. */
  WRITE_MODE_TEXT = 0,
  /** As bytes. */
  WRITE_MODE_BINARY = 1,
}
