/** A browser has no HTTP server. */
export function upgradedStream(): null {
  return null;
}
