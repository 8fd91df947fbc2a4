/** The element with this id. Throws when the page has none of this kind: index.html and its scripts have parted. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id ${id}`);
  return found;
}

/** Only what changes, so that a screen reader is not told the same thing sixty times a second. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
