/** One message that was sent. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly isText: boolean;
}

const LETTERS = 'abcdefgh ijklmnop-qrstuvwx_yz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const WIDE = [0xf0, 0x9f, 0x98, 0x80]; // U+1F600: a character that can be cut in four places.

/**
 * Returns the same message for the same arguments. `number` makes it different from the others. A monotonous one compresses well.
 * Text is UTF-8 of exactly that many bytes, with characters of one and of four bytes.
 */
export function makeMessage(number: number, size: number, isText: boolean, isMonotonous: boolean): Message {
  const bytes = new Uint8Array(size);
  let state = (Math.imul(number, 0x9e3779b1) ^ Math.imul(size, 0x85ebca6b)) | 1;
  const period = isMonotonous ? 13 : size;
  for (let at = 0; at < size; ) {
    if (at >= period) {
      bytes.copyWithin(at, 0, Math.min(at, size - at));
      at += Math.min(at, size - at);
      continue;
    }
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (!isText) bytes[at++] = state;
    else if (!isMonotonous && (state & 0xf0) === 0 && size - at >= 4) {
      bytes.set(WIDE, at);
      at += 4;
    } else {
      bytes[at++] = LETTERS[(state >>> 8) & 63]!.charCodeAt(0);
    }
  }
  return { bytes, isText };
}

/** What is wrong with `received` compared with `sent`; null if nothing is. */
export function compareMessages(sent: Message | undefined, received: Message): string | null {
  if (sent === undefined) return `a packet of ${received.bytes.length} bytes that nobody sent`;
  if (sent.bytes.length !== received.bytes.length) {
    return `${received.bytes.length} bytes arrived where ${sent.bytes.length} were sent`;
  }
  if (Buffer.compare(sent.bytes, received.bytes) !== 0) return `${sent.bytes.length} bytes arrived changed`;
  if (sent.isText !== received.isText) return `${sent.isText ? 'text' : 'binary'} arrived as the other`;
  return null;
}
