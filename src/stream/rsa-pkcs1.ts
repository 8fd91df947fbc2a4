import { constants, createHash, createHmac, type KeyObject, privateDecrypt } from 'node:crypto';

/**
 * RSA decryption with PKCS #1 v1.5 padding (RFC 8017 7.2.2), which Node 20 refuses: OpenSSL 3.0 tells a wrong padding from
 * a right one, and whoever can ask often enough decrypts by that ("Bleichenbacher", CVE-2023-46809). So nothing is told
 * here: for a wrong padding the answer is bytes that look like a message and are always the same for the same ciphertext,
 * as OpenSSL 3.2 does ("implicit rejection").
 *
 * Throws what `privateDecrypt` throws for a ciphertext of a wrong length or a key that is not RSA's.
 */
export function decryptPkcs1(key: KeyObject, ciphertext: Uint8Array): Uint8Array {
  // OpenSSL takes a shorter one without padding for a number with leading zeros.
  if (ciphertext.length * 8 < (key.asymmetricKeyDetails?.modulusLength ?? 0)) {
    throw new RangeError('the ciphertext is shorter than the key');
  }
  const padded = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext);
  const substitute = pseudoMessage(key, ciphertext, padded.length);
  // No branch and no early end depends on the secret bytes. 00 02, at least 8 bytes that are not 0, 00, the message.
  let wrong = (padded[0] ?? 1) | ((padded[1] ?? 0) ^ 2);
  let separator = 0;
  for (let index = 2; index < padded.length; index++) {
    const isZero = (((padded[index] ?? 0) - 1) >>> 31) & 1;
    const isFirst = ((separator - 1) >>> 31) & 1;
    separator |= index * (isZero & isFirst);
  }
  wrong |= ((separator - 10) >>> 31) & 1;
  // All ones when the substitute is the answer, otherwise zero.
  const mask = -wrong >> 31;
  const start = ((padded.length - substitute.length) & mask) | ((separator + 1) & ~mask);
  const result = new Uint8Array(padded.length - start);
  for (let index = 0; index < result.length; index++) {
    result[index] = ((substitute[index] ?? 0) & mask) | ((padded[start + index] ?? 0) & ~mask);
  }
  return result;
}

/** What only the key's owner could compute from the ciphertext, of any length that a message can have. */
function pseudoMessage(key: KeyObject, ciphertext: Uint8Array, modulusLength: number): Uint8Array {
  const secret = createHash('sha256')
    .update(key.export({ format: 'der', type: 'pkcs8' }))
    .digest();
  const derive = (label: string) => createHmac('sha256', secret).update(label).update(ciphertext).digest();
  const length = derive('length').readUInt32BE(0) % (modulusLength - 10);
  const blocks: Uint8Array[] = [];
  for (let index = 0; index * 32 < length; index++) blocks.push(derive(`message ${index}`));
  return Buffer.concat(blocks).subarray(0, length);
}
