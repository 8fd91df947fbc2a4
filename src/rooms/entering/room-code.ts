import { Crypto } from '../../stream/index.ts';

/** Letters and digits that are not mistaken for each other, and no vowels: no code is a word. */
export const CODE_LETTERS = 'CDFGHJKMNPQRTVWXY34679';
/** The bytes below it stand for all letters equally often. */
const FAIR_BYTES = 256 - (256 % CODE_LETTERS.length);
/** At most one of so many codes is in use: what a guess is worth. */
const CODES_PER_ROOM = 100_000;
const SHORTEST = 5;
const LONGEST = 32;

/** How many letters a new code has among so many rooms. */
export function codeLength(rooms: number): number {
  let length = SHORTEST;
  while (CODE_LETTERS.length ** length < (rooms + 1) * CODES_PER_ROOM) length++;
  return length;
}

/** A new code, for which `isTaken` is false. */
export function newCode(rooms: number, isTaken: (code: string) => boolean): string {
  const length = codeLength(rooms);
  for (;;) {
    const code = randomCode(length);
    if (!isTaken(code)) return code;
  }
}

/** The code that a player means: without the spaces around it, in capital letters. Null for a text that cannot be a code. */
export function readCode(text: string): string | null {
  const code = text.trim();
  return code.length <= LONGEST && /^[0-9A-Za-z_-]+$/.test(code) ? code.toUpperCase() : null;
}

function randomCode(length: number): string {
  let code = '';
  while (code.length < length) {
    for (const byte of new Crypto().generateRandomBytes(length)) {
      if (byte < FAIR_BYTES && code.length < length) code += CODE_LETTERS[byte % CODE_LETTERS.length];
    }
  }
  return code;
}
