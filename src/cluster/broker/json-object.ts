/** The object that a text is in JSON; null for any other text. */
export function jsonObject(text: string): object | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return typeof value === 'object' ? value : null;
}
