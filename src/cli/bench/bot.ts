/** One of the connections of `bench`. Its times are milliseconds of `performance.now()`. */
export interface Bot {
  /** Begins to connect. */
  connect(): void;
  readonly state: 'new' | 'connecting' | 'open' | 'closed';
  /** Sends the message that was due at this time. False when there is no room for it: it is tried again. */
  send(due: number): boolean;
  /** Whether it has sent messages whose echo has not come. */
  isWaiting(): boolean;
  /** What came and what is due to a time limit. */
  poll(): void;
  /** The bench is over: counts what has not come, and closes the connection. */
  leave(): void;
}

/** What a bot tells. */
export interface BotEvents {
  /** It is open: messages are due from now on. */
  opened(bot: Bot): void;
  /** It has closed: nothing more is due. */
  closed(bot: Bot): void;
}
