/** Characters of a name, path or URL for a page. */
const LONGEST = 200;

/** A text that clients may have chosen, cut to what a page shows. */
export function shown(text: string): string {
  if (text.length <= LONGEST) return text;
  const end = isHighSurrogate(text.charCodeAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
  return `${text.slice(0, end)}…`;
}

/** A client's URL. The page shows it without the token that makes its bearer the player (docs/returning.md). */
export function shownUrl(url: string): string {
  return shown(url.replace(/([?&]token=)[^&#]+/g, '$1…'));
}

/** The first `most` of a list, and how many more there are. */
export function shownList(texts: readonly string[], most: number): string[] {
  const first = texts.slice(0, most).map(shown);
  return texts.length > most ? [...first, `… ${texts.length - most} more`] : first;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
