import { isIP } from 'node:net';

/** A piece of DER (ITU-T X.690), the encoding of certificates: exactly what issuing one needs. */
export type Der = Uint8Array;

export const TAG_BOOLEAN = 0x01;
export const TAG_INTEGER = 0x02;
export const TAG_BIT_STRING = 0x03;
export const TAG_OCTET_STRING = 0x04;
const TAG_NULL = 0x05;
const TAG_OBJECT_IDENTIFIER = 0x06;
const TAG_SEQUENCE = 0x30;
const TAG_SET = 0x31;

/** One element: tag, length and `content`, several parts of which are put together. */
export function element(tag: number, ...content: Der[]): Der {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Uint8Array.of(tag, body.length), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | length.length, ...length), body]);
}

export function sequence(...content: Der[]): Der {
  return element(TAG_SEQUENCE, ...content);
}

export function set(...content: Der[]): Der {
  return element(TAG_SET, ...content);
}

export function nothing(): Der {
  return element(TAG_NULL);
}

/** `'2.5.4.3'` and the like. X.690 8.19. */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return element(TAG_OBJECT_IDENTIFIER, Uint8Array.from(bytes));
}

/** A bit string of whole bytes. */
export function bitString(bytes: Uint8Array): Der {
  return element(TAG_BIT_STRING, Uint8Array.of(0), bytes);
}

export function text(tag: number, value: string): Der {
  return element(tag, Buffer.from(value, 'utf8'));
}

/** The 4 or 16 bytes of an IP address without a zone. */
export function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  // An IPv4 tail stands for two groups (RFC 4291 2.2).
  const groupsOnly = address.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes('.')) return tail;
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = [], tail = []] = groupsOnly.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >>> 8, Number.parseInt(group, 16) & 255]),
  );
}
