import type { Token } from './tokens.ts';

/** The written type of a parameter or a variable: `Array[int]` has the name `Array` and one element. */
export interface TypeReference {
  readonly name: string;
  readonly elements: readonly TypeReference[];
}

/** How the type of a variable or a parameter is given. */
export interface Typed {
  readonly name: string;
  /** `: int`; null without. */
  readonly type: TypeReference | null;
  /** `:=`: the type is that of the value. */
  readonly isInferred: boolean;
  /** Behind `=` or `:=`; null without. */
  readonly value: readonly Token[] | null;
  readonly line: number;
}

export interface Parameter extends Typed {
  /** `...values` */
  readonly isRest: boolean;
}

export interface Annotation {
  readonly name: string;
  /** The tokens of each argument. */
  readonly parts: readonly (readonly Token[])[];
  readonly line: number;
}

/** A function with `@rpc`. */
export interface RemoteFunction {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly annotation: Annotation;
  readonly line: number;
}

export interface Variable extends Typed {
  /** `@onready`: its first value is set when the node is ready. */
  readonly isOnReady: boolean;
}

/** Code that changes what the declarations say. */
export interface Remark {
  readonly line: number;
  readonly text: string;
}

/** `$Inputs.set_multiplayer_authority(name.to_int())` in `_enter_tree`: the peer after which the node is named. */
export interface NamedAuthority {
  /** The node, seen from the script's: `.`, `Inputs`, `%Inputs`. */
  readonly path: string;
  readonly isRecursive: boolean;
  readonly line: number;
}

/** What a script declares. */
export interface Script {
  /** `res://player.gd`, `res://main.tscn::GDScript_1`. */
  readonly path: string;
  readonly className: string | null;
  /** `extends`: a path in quotes, or a name. */
  readonly base: { readonly path: string } | { readonly name: string };
  readonly baseLine: number;
  readonly remotes: readonly RemoteFunction[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly constants: ReadonlyMap<string, Typed>;
  readonly enums: ReadonlySet<string>;
  readonly remarks: readonly Remark[];
  readonly authorities: readonly NamedAuthority[];
}
