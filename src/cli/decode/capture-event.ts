interface Base {
  /** Seconds; since 1970 where the capture has it. */
  readonly time: number;
  /** Counts the connections of the capture from 1. */
  readonly connection: number;
}

interface Directed extends Base {
  readonly isFromClient: boolean;
}

/** A WebSocket connection has opened. */
export interface OpenEvent extends Base {
  readonly kind: 'open';
  readonly client: string;
  readonly server: string;
  /** Path and query. */
  readonly target: string;
  readonly protocol: string | null;
  readonly extensions: string | null;
}

/** A complete message: put together of its fragments, and decompressed. */
export interface MessageEvent extends Directed {
  readonly kind: 'message';
  readonly isText: boolean;
  readonly data: Uint8Array;
}

export interface PingEvent extends Directed {
  readonly kind: 'ping' | 'pong';
  readonly data: Uint8Array;
}

/** A Close frame. */
export interface CloseEvent extends Directed {
  readonly kind: 'close';
  readonly code: number;
  readonly reason: string;
}

/** The end of a direction, or of the connection by a reset. */
export interface EndEvent extends Directed {
  readonly kind: 'end' | 'reset';
}

/** What cannot be read, and why. */
export interface NoticeEvent extends Base {
  readonly kind: 'notice';
  readonly text: string;
}

/** How much of the file was read. It comes now and then, also where nothing is shown. */
export interface ProgressEvent {
  readonly kind: 'progress';
  /** From 0 to 1. */
  readonly share: number;
}

/** What `tickpeer decode` shows, in the order of the capture. */
export type CaptureEvent = OpenEvent | MessageEvent | PingEvent | CloseEvent | EndEvent | NoticeEvent;
