import type { NamedAuthority } from '../script/script.ts';
import type { Game } from './game.ts';
import { isAbove } from './replication.ts';
import { nodeAt, type TreeNode } from './scene-tree.ts';

/** Whether the script of a scene's root gives `node` to the peer after which the root is named. */
export function isNamedAfterPeer(game: Game, node: TreeNode, root: TreeNode): boolean {
  const { script } = root;
  if (script === null || root.parent !== null) return false;
  const authorities = game.scripts.chain(script).find((one) => one.authorities.length > 0)?.authorities ?? [];
  return authorities.some((authority) => isCovered(node, root, authority));
}

function isCovered(node: TreeNode, root: TreeNode, { path, isRecursive }: NamedAuthority): boolean {
  const target = nodeAt(root, path);
  return target !== null && (isRecursive ? isAbove(target, node) : target === node);
}
