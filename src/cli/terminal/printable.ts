/** Cuts the text of others after so many characters. */
const LONGEST = 4000;

/**
 * Text from another program or a file, for a terminal: control characters are escaped, so that it cannot move the cursor
 * or change colours, and it is cut after `longest` characters.
 */
export function printable(text: string, longest: number = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}… (${text.length - longest} more characters)` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it escapes
  return cut.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character < '\u0100'
      ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
