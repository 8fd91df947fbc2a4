import type { FailureCode } from '../../../src/failure.ts';
import type { CaseDeflate } from '../case.ts';

/** What our side is set to. */
export interface HandshakeOptions {
  readonly protocols?: readonly string[];
  readonly compression?: CaseDeflate;
  readonly maxHeadSize?: number;
  readonly maxHeaders?: number;
}

/** A request that our server reads. */
export interface RequestCase {
  readonly section: string;
  readonly name: string;
  readonly role: 'server';
  readonly options?: HandshakeOptions;
  /** The whole head, the blank line included. */
  readonly head: string;
  /** What is answered. */
  readonly status: number;
  readonly failure: FailureCode | null;
  /** For 101 the lines behind the four that always stand there, exactly; otherwise lines that the answer must have. */
  readonly lines: readonly string[];
  readonly protocol: string;
  /** The key that the answer proves. */
  readonly key: string;
}

/** An answer that our client reads. */
export interface ResponseCase {
  readonly section: string;
  readonly name: string;
  readonly role: 'client';
  readonly options?: HandshakeOptions;
  /** The whole head; `{accept}` stands for the proof of the key that was sent. */
  readonly head: string;
  readonly failure: FailureCode | null;
  readonly protocol: string;
  /** What we ask for: lines of the request. */
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
