/** The first line of a response (RFC 9112 section 4). */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${REASONS.get(status) ?? ''}`;
}

/** The status with its reason, for messages. */
export function statusName(status: number): string {
  return `${status} ${REASONS.get(status) ?? ''}`.trim();
}

/** RFC 9110 section 15 and RFC 6585. Any other status is sent without a reason, which is allowed. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [101, 'Switching Protocols'],
  [200, 'OK'],
  [204, 'No Content'],
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [307, 'Temporary Redirect'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
  [505, 'HTTP Version Not Supported'],
]);
