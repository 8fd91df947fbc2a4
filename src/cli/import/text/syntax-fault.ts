/** A place in a text file that cannot be understood. */
export class SyntaxFault extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'SyntaxFault';
    this.line = line;
  }
}
