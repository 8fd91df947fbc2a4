/** The element with this id. Throws if index.html has no such element. */
export function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id ${id}`);
  return found;
}

/** Sets only text that changes, so that a screen reader does not read it sixty times a second. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
