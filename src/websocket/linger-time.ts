/** Milliseconds that the other side has to hang up, after a closing handshake or a refusal; then the stream is destroyed. */
export const LINGER_TIME = 2000;
