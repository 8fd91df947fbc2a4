/** The digests that the engine knows, with its numbers (its `HashingContext.HashType`). */
export enum HashType {
  HASH_MD5 = 0,
  HASH_SHA1 = 1,
  HASH_SHA256 = 2,
}

/** Node's name for a digest, and its length in bytes. Throws a `TypeError` for a number that is none. */
export function digestOf(hashType: HashType): { name: 'md5' | 'sha1' | 'sha256'; size: number } {
  switch (hashType) {
    case HashType.HASH_MD5:
      return { name: 'md5', size: 16 };
    case HashType.HASH_SHA1:
      return { name: 'sha1', size: 20 };
    case HashType.HASH_SHA256:
      return { name: 'sha256', size: 32 };
    default:
      throw new TypeError(`a hash type is HASH_MD5, HASH_SHA1 or HASH_SHA256, not ${hashType}`);
  }
}
