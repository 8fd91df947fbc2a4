/** A browser unmasks nothing: servers do not mask. */
export function unmaskReceived(): boolean {
  return false;
}
