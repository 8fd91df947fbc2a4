import { escapeControls } from '../../escape-controls.ts';

/** Cuts the text of others after so many characters. */
const LONGEST = 4000;

/**
 * Text from another program or a file in one line, for a terminal: `\\n` and `\\t` for line breaks and tabs, `\\u001b` for other control
 * characters, and cut after `longest` characters.
 */
export function printable(text: string, longest: number = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}… (${text.length - longest} more characters)` : text;
  return escapeControls(cut.replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
}
