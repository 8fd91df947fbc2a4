import type { Failure } from '../failure.ts';
import type { LogLevel } from './log-event.ts';

/** A channel's message in words, not yet safe to print. */
export interface LogLine {
  readonly level: LogLevel;
  /** Without the channel's name. A remote side cannot choose any of it. */
  readonly kind: string;
  readonly text: string;
  readonly failure: Failure | null;
}

const LONGEST = 1000;

/** One line without control characters: addresses, URLs, reasons and method names come from the other side. */
export function plain(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
  // C0, DEL, C1; line and paragraph separators; characters that change the direction of text; unpaired surrogates.
  return cut.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
