export enum TLSStatus {
  /** New, disconnected, ended by the other side, or broken after the handshake. */
  STATUS_DISCONNECTED = 0,
  STATUS_HANDSHAKING = 1,
  STATUS_CONNECTED = 2,
  /** The handshake failed: `getLastFailure()` says why. */
  STATUS_ERROR = 3,
  /** The handshake failed because the certificate is for another name. */
  STATUS_ERROR_HOSTNAME_MISMATCH = 4,
}
