import type { ConstantLookup } from '../script/constant.ts';
import { constantOf } from '../script/constant.ts';
import type { Annotation } from '../script/script.ts';
import { numberOf, textOf } from '../text/text-value.ts';

/** What `@rpc(…)` says. */
export interface RpcAnnotation {
  readonly isAnyPeer: boolean;
  readonly callLocal: boolean;
  readonly transferMode: 'reliable' | 'unreliable' | 'unreliableOrdered';
  readonly channel: number;
  /** What is not understood. */
  readonly problems: readonly string[];
}

/** Reads the arguments of `@rpc`: the words in any order, the channel last. */
export function readRpcAnnotation({ parts }: Annotation, lookUp: ConstantLookup): RpcAnnotation {
  const found = {
    isAnyPeer: false,
    callLocal: false,
    transferMode: 'reliable' as RpcAnnotation['transferMode'],
    channel: 0,
  };
  const problems: string[] = [];
  for (const [at, tokens] of parts.entries()) {
    const { value } = constantOf(tokens, lookUp);
    const channel = numberOf(value ?? undefined);
    if (channel !== null) {
      if (at === 3) found.channel = channel;
      else problems.push('the channel of @rpc is its fourth argument');
      continue;
    }
    switch (textOf(value ?? undefined)) {
      case 'any_peer':
        found.isAnyPeer = true;
        break;
      case 'call_local':
        found.callLocal = true;
        break;
      case 'unreliable':
        found.transferMode = 'unreliable';
        break;
      case 'unreliable_ordered':
        found.transferMode = 'unreliableOrdered';
        break;
      case 'authority':
      case 'call_remote':
      case 'reliable':
        break;
      default:
        problems.push(`an argument of @rpc is not understood: ${tokens.map(({ text }) => text).join('')}`);
    }
  }
  return { ...found, problems };
}
