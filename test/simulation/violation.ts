/** What must hold in every world, at every step. */
export const RULES = {
  exactly: 'packets arrive once, in order, unchanged and with their type',
  complete: 'nothing is missing after a clean close, but what was discarded after the own close, and counted',
  limit: 'no queue and no buffer exceeds its limit',
  size: 'a message above the limit ends with TICKPEER_MESSAGE_TOO_BIG, and no other does',
  state: 'the state moves as the table allows',
  still: 'what is seen changes only inside own calls',
  refused: 'a refused send leaves nothing behind, and there is a reason for it',
  codes: 'close codes agree',
  cause: 'a connection ends for a cause that was there, and says which',
  wake: 'the hook is called at most once between two polls, and from the event loop',
  stuck: 'what can arrive arrives, and a loop that polls when woken is woken',
  ends: 'every peer ends in CLOSED within its time limits',
  thrown: 'nothing is thrown',
  timers: 'nothing is left behind in the clock',
} as const;

export type Rule = keyof typeof RULES;

export class Violation extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(message);
    this.rule = rule;
  }
}
