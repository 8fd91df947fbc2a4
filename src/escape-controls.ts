// C0, DEL and C1; separators of lines and paragraphs; unpaired surrogates; marks that change the direction of text.
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/**
 * `text` from another program or a file, safe to print as a part of one line: control characters are escaped as `\u001b`, so that a
 * terminal is not controlled by whoever wrote the text, and lines cannot be forged.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
