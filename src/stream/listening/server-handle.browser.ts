/** A browser does not listen. */
export const createServerHandle: undefined = undefined;

export function bindsLate(): boolean {
  return true;
}
