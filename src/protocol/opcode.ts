/** Frame opcodes (RFC 6455 5.2). 3-7 and 11-15 are reserved. */
export enum Opcode {
  CONTINUATION = 0x0,
  TEXT = 0x1,
  BINARY = 0x2,
  CLOSE = 0x8,
  PING = 0x9,
  PONG = 0xa,
}

/** Our end of the connection: a client masks what it sends, a server must not (RFC 6455 5.1). */
export type Role = 'client' | 'server';
