import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';

/** A path to a node, and optionally to a property in it: `/root/Main`, `../Player:position:x`. */
export class NodePath extends VariantValue {
  /** The names of the nodes: `['..', 'Player']`. */
  readonly names: readonly string[];
  /** The names after the colons: `['position', 'x']`. */
  readonly subnames: readonly string[];
  /** Whether the path begins at the root of the tree. */
  readonly isAbsolute: boolean;

  /** Parses a path as the engine does; empty names (`a//b`, `a::b`) are left out. */
  constructor(path = '') {
    super();
    const [nodes = '', ...subnames] = path.split(':');
    this.names = nodes.split('/').filter(Boolean);
    this.subnames = subnames.filter(Boolean);
    this.isAbsolute = path.startsWith('/');
  }

  /** A path of these names, which may contain any characters. */
  static of(names: readonly string[], subnames: readonly string[] = [], isAbsolute = false): NodePath {
    return Object.assign<NodePath, object>(new NodePath(), { names, subnames, isAbsolute });
  }

  get variantType(): VariantType.TYPE_NODE_PATH {
    return VariantType.TYPE_NODE_PATH;
  }

  toArray(): (number | string)[] {
    return [this.names.length, this.isAbsolute ? 1 : 0, ...this.names, ...this.subnames];
  }

  toJSON(): string {
    return this.toString();
  }

  /** The path as text. */
  override toString(): string {
    return `${this.isAbsolute ? '/' : ''}${this.names.join('/')}${this.subnames.map((name) => `:${name}`).join('')}`;
  }
}
