import { ErrorCode } from '../../error-code.ts';
import type { Router } from '../peers/router.ts';
import { simplifyPathPacket } from '../wire/path-packet.ts';
import type { AnyMethod } from './node-registry.ts';
import type { PathCache } from './path-cache.ts';
import type { RpcTable } from './rpc-table.ts';

const utf8 = new TextEncoder();

/** A path's number, and the packet that introduces it. */
export interface Address {
  readonly number: number;
  readonly path: Uint8Array;
  readonly introduction: Uint8Array;
}

/** Introduces the numbers of this side to other peers (docs/engine/multiplayer-wire.md#path-cache). */
export class NodeAddresses {
  readonly #router: Router;
  readonly #paths: PathCache;
  readonly #addresses = new Map<string, Address>();

  constructor(router: Router, paths: PathCache) {
    this.#router = router;
    this.#paths = paths;
  }

  /** The address of a node with the methods of `table`. */
  of(path: string, table: RpcTable<AnyMethod>): Address {
    let address = this.#addresses.get(path);
    if (address === undefined) {
      const number = this.#paths.numberOf(path);
      const bytes = utf8.encode(`${path}\0`);
      address = { number, path: bytes, introduction: simplifyPathPacket(table.md5, number, bytes) };
      this.#addresses.set(path, address);
    }
    return address;
  }

  /** Sends the path to a peer that was not sent it before. Returns whether it was sent now. */
  introduce(peer: number, { number, introduction }: Address): boolean {
    if (!this.#paths.tell(peer, number)) return false;
    if (this.#router.send(peer, introduction) === ErrorCode.OK) return true;
    this.#paths.untell(peer, number);
    return false;
  }

  /** Sends the path to a peer that was sent it before and has not confirmed it. Returns whether it was sent. */
  repeat(peer: number, { introduction }: Address): boolean {
    return this.#router.send(peer, introduction) === ErrorCode.OK;
  }

  /** Forgets the path of a node that is no longer used. */
  forgetPath(path: string): void {
    this.#paths.forgetPath(path);
    this.#addresses.delete(path);
  }

  clear(): void {
    this.#addresses.clear();
  }
}
