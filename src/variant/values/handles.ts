import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';

// These values refer to things in the process that sent them. Another process can only store them, compare them and send
// them back. Ids are signed 64-bit integers, as in the engine's scripts; an id of 2^63 or above becomes negative.

/** A resource of one of the engine's servers. */
export class RID extends VariantValue {
  readonly id: bigint;

  constructor(id: bigint = 0n) {
    super();
    this.id = BigInt.asIntN(64, id);
  }

  get variantType(): VariantType.TYPE_RID {
    return VariantType.TYPE_RID;
  }

  toArray(): bigint[] {
    return [this.id];
  }
}

/**
 * An object's instance id, which is sent in place of the object unless full objects are enabled
 * (docs/engine/variant-format.md#objects). An id of 0 arrives as null.
 */
export class EncodedObjectAsID extends VariantValue {
  readonly objectId: bigint;

  constructor(objectId: bigint) {
    super();
    this.objectId = BigInt.asIntN(64, objectId);
  }

  get variantType(): VariantType.TYPE_OBJECT {
    return VariantType.TYPE_OBJECT;
  }

  toArray(): bigint[] {
    return [this.objectId];
  }
}

/** A signal of an object. */
export class Signal extends VariantValue {
  readonly name: string;
  readonly objectId: bigint;

  constructor(name = '', objectId: bigint = 0n) {
    super();
    this.name = `${name}`;
    this.objectId = BigInt.asIntN(64, objectId);
  }

  get variantType(): VariantType.TYPE_SIGNAL {
    return VariantType.TYPE_SIGNAL;
  }

  toArray(): (bigint | string)[] {
    return [this.name, this.objectId];
  }
}

/** A function. None of its contents are sent, so that it arrives empty. */
export class Callable extends VariantValue {
  get variantType(): VariantType.TYPE_CALLABLE {
    return VariantType.TYPE_CALLABLE;
  }

  toArray(): never[] {
    return [];
  }
}
