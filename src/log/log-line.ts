import { isError } from '../bytes.ts';
import { escapeControls } from '../escape-controls.ts';
import type { Failure } from '../failure.ts';
import { isFailure } from '../failure.ts';
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
  return escapeControls(text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text);
}

/** Of what was thrown, or of a `Failure`. */
export function reasonOf(error: unknown): string {
  if (isError(error)) return `${error.name}: ${error.message}`;
  return isFailure(error) ? `${error.code}: ${error.message}` : String(error);
}
