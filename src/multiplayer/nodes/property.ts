import { isFailure } from '../../failure.ts';
import {
  Basis,
  Color,
  Dictionary,
  Projection,
  Quaternion,
  type Schema,
  Transform2D,
  Transform3D,
  type VariantInput,
  VariantType,
  varToBytes,
} from '../../variant/index.ts';

/** When a property is sent after the spawn, with the engine's numbers (`SceneReplicationConfig.ReplicationMode`). */
export enum ReplicationMode {
  REPLICATION_MODE_NEVER = 0,
  /** In every SYNC: the newest value replaces those that were not sent yet. */
  REPLICATION_MODE_ALWAYS = 1,
  /** In a DELTA after it has changed, reliably. */
  REPLICATION_MODE_ON_CHANGE = 2,
}

/** Options of a property. */
export interface PropertyOptions {
  /** Whether a SPAWN has the value, as the checkbox "Spawn" of the engine's editor says. Default: true. */
  readonly spawn?: boolean;
}

/** A property in a synchronizer's configuration, made by `always`, `onChange` or `spawnOnly`. */
export class ReplicatedProperty<T> {
  readonly schema: Schema<T>;
  readonly mode: ReplicationMode;
  readonly spawn: boolean;
  /** The value with which an instance of the scene begins. */
  readonly initial: T;

  /** @internal */
  constructor(schema: Schema<T>, mode: ReplicationMode, initial: T | undefined, spawn: boolean) {
    this.schema = schema;
    this.mode = mode;
    this.spawn = spawn;
    this.initial = initial === undefined ? zeroOf(schema) : initial;
    const mismatch = schema.check(this.initial);
    if (mismatch !== null) throw new TypeError(`the first value of a property does not match: ${mismatch.message}`);
  }
}

/**
 * A property that is sent all the time (`REPLICATION_MODE_ALWAYS`), such as a position. `initial`: the value with which
 * an instance begins. Default: zero, empty or the identity, as the engine's type has it. Throws `TypeError` when the
 * schema does not allow that value.
 */
export function always<T>(schema: Schema<T>, initial?: T, options: PropertyOptions = {}): ReplicatedProperty<T> {
  return new ReplicatedProperty(schema, ReplicationMode.REPLICATION_MODE_ALWAYS, initial, options.spawn ?? true);
}

/** As `always`, but sent when it has changed (`REPLICATION_MODE_ON_CHANGE`), such as points. */
export function onChange<T>(schema: Schema<T>, initial?: T, options: PropertyOptions = {}): ReplicatedProperty<T> {
  return new ReplicatedProperty(schema, ReplicationMode.REPLICATION_MODE_ON_CHANGE, initial, options.spawn ?? true);
}

/** As `always`, but sent with the spawn only (`REPLICATION_MODE_NEVER`), such as a player's name. */
export function spawnOnly<T>(schema: Schema<T>, initial?: T): ReplicatedProperty<T> {
  return new ReplicatedProperty(schema, ReplicationMode.REPLICATION_MODE_NEVER, initial, true);
}

/** The longest Variant whose bytes behind the header are zeros: a Projection of 64-bit floats. */
const LONGEST_ZERO = 4 + 16 * 8;
/** Types whose first value in the engine is not all zeros. */
const IDENTITIES: ReadonlyMap<unknown, () => VariantInput> = new Map<unknown, () => VariantInput>([
  [VariantType.TYPE_TRANSFORM2D, () => new Transform2D()],
  [VariantType.TYPE_QUATERNION, () => new Quaternion()],
  [VariantType.TYPE_BASIS, () => new Basis()],
  [VariantType.TYPE_TRANSFORM3D, () => new Transform3D()],
  [VariantType.TYPE_PROJECTION, () => new Projection()],
  [VariantType.TYPE_COLOR, () => new Color()],
]);

/**
 * The value with which a variable of the schema's type begins in the engine. Throws `TypeError` when the schema has
 * none.
 */
function zeroOf<T>(schema: Schema<T>): T {
  const type = schema.elementType;
  const bytes = new Uint8Array(LONGEST_ZERO);
  if (typeof type === 'number') bytes[0] = type;
  const identity = IDENTITIES.get(type);
  const zero = schema.decode(identity === undefined ? bytes : varToBytes(identity()));
  if (!isFailure(zero)) return zero.value;
  // Typed containers say so in their header, which zeros do not.
  for (const empty of [[], new Dictionary()]) {
    // The check below says whether it is of the schema's type.
    if (schema.check(empty) === null) return empty as T;
  }
  throw new TypeError(`${schema.name} has no first value of its own: give one, as in always(schema, value)`);
}
