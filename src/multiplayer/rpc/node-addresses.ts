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
  /** The checksum of its methods. */
  readonly md5: string;
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
      const { md5 } = table;
      address = { number, path: bytes, md5, introduction: simplifyPathPacket(md5, number, bytes) };
      this.#addresses.set(path, address);
    }
    return address;
  }

  /** Sends the path to a peer that was not sent it before. Returns whether it was sent now. */
  introduce(peer: number, address: Address): boolean {
    if (!this.#paths.tell(peer, address.number)) return false;
    if (this.repeat(peer, address)) return true;
    this.#paths.untell(peer, address.number);
    return false;
  }

  /** Whether packets for a peer wait, among which its path may be. */
  isWaiting(peer: number): boolean {
    return this.#router.isWaiting(peer);
  }

  /** Sends the path to a peer that was sent it before and has not confirmed it. Returns whether it was sent. */
  repeat(peer: number, { number, path, md5, introduction }: Address): boolean {
    const told = this.#paths.toldNumber(peer, number);
    const packet = told === number ? introduction : simplifyPathPacket(md5, told, path);
    return this.#router.send(peer, packet) === ErrorCode.OK;
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
