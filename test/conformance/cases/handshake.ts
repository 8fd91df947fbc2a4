import type { FailureCode } from '../../../src/failure.ts';
import type { CaseDeflate } from '../case.ts';

/** The settings of tickpeer's side. */
export interface HandshakeOptions {
  readonly protocols?: readonly string[];
  readonly compression?: CaseDeflate;
  readonly maxHeadSize?: number;
  readonly maxHeaders?: number;
}

/** A request to tickpeer's server. */
export interface RequestCase {
  readonly section: string;
  readonly name: string;
  readonly role: 'server';
  readonly options?: HandshakeOptions;
  /** The whole head, the blank line included. */
  readonly head: string;
  /** The status of the response. */
  readonly status: number;
  readonly failure: FailureCode | null;
  /** For 101: the exact lines after the four that are always there. Otherwise: lines that the response must have. */
  readonly lines: readonly string[];
  readonly protocol: string;
  /** The key for `Sec-WebSocket-Accept`. */
  readonly key: string;
}

/** A response to tickpeer's client. */
export interface ResponseCase {
  readonly section: string;
  readonly name: string;
  readonly role: 'client';
  readonly options?: HandshakeOptions;
  /** The whole head; `{accept}` is replaced by the `Sec-WebSocket-Accept` for the client's key. */
  readonly head: string;
  readonly failure: FailureCode | null;
  readonly protocol: string;
  /** Lines of the client's request. */
  readonly asks: readonly string[];
}

export type HandshakeCase = RequestCase | ResponseCase;

/** `lines` with every line of the header `name` replaced by `by`. */
export function replaced(lines: readonly string[], name: string, ...by: readonly string[]): string[] {
  return lines.flatMap((line) => (line.toLowerCase().startsWith(`${name.toLowerCase()}:`) ? by : [line]));
}

export function headOf(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export function mixedCase(text: string): string {
  return Array.from(text, (letter, at) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join('');
}
