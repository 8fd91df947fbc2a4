/** How many informational responses are skipped before the final one; servers and proxies send one or two. */
export const MAX_INFORMATIONAL = 8;

/** Whether another response follows one with `status` (RFC 9110 15.2); none follows 101. */
export function isInformational(status: number): boolean {
  return status < 200 && status !== 101;
}
