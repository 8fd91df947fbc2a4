import type { IncomingMessage } from 'node:http';
import { RoomCloseCode, requestedRoom } from '../../rooms/index.ts';
import type { Directory } from '../directory/directory.ts';
import type { ClaimResult, OwnRooms } from '../directory/own-rooms.ts';
import { isOpenToAll } from '../directory/room-record.ts';
import type { NodeRecord } from '../lease/node-record.ts';
import type { Route } from './route.ts';

/** A node is spared so many milliseconds after it could not be reached. */
const SPARED = 2000;
/** This node is preferred to one that has fewer players, by up to so many: a client that stays here needs no tunnel. */
const PREFERENCE = 8;
/** Milliseconds until a claim is tried again that has come to nothing. */
const PAUSE = 50;
/** From so many nodes on, those that are gone are looked for. */
const MOST_NOTES = 256;

/** What a finder asks. */
export interface FinderContext {
  readonly directory: Directory;
  /** The codes of this node; null while it is not a member. */
  own(): OwnRooms | null;
  /** The id of this node; null while it is not a member. */
  self(): string | null;
  now(): number;
  /** Players of this node, and whether it opens rooms. */
  local(): { readonly players: number; readonly isOpening: boolean };
  /** Whether an open room of this process has the code. */
  isOpenHere(code: string): boolean;
  /** Whether the code of a room that is not there opens one. `kind`: what the client asks for, or empty. */
  opensByCode(kind: string): boolean;
  /** Whether a saved room has the code. */
  isSaved(code: string): Promise<boolean>;
  /** Another node claims a code. Never rejects. */
  askToClaim(node: string, code: string): Promise<ClaimResult>;
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Finds the node to which a client goes: the owner of its room, or one that opens it. */
export class RoomFinder {
  readonly #context: FinderContext;
  /** When nodes could not be reached, on the steady clock. */
  readonly #unreachable = new Map<string, number>();
  /** When nodes did not claim a code for a client. Others are asked before them for a while. */
  readonly #unwilling = new Map<string, number>();
  /** Clients that were sent to a node since it has told its players. */
  readonly #sent = new Map<string, { sequence: number; count: number }>();

  constructor(context: FinderContext) {
    this.#context = context;
  }

  /** Waits, until `signal` is aborted, for a room that is being claimed, closed or taken over. */
  async find(request: IncomingMessage, signal: AbortSignal): Promise<Route> {
    const { path, parameters } = splitTarget(request.url ?? '');
    const { code, kind } = requestedRoom(path, parameters);
    // Also what the rooms refuse, or decide by the program's `enter`.
    if (code === null || (code === '' && kind === '')) return { to: 'here' };
    const route = code === '' ? this.#byKind(kind) : await this.#byCode(code, kind, signal);
    return route ?? { to: 'refused', code: RoomCloseCode.STOPPING, reason: 'the room cannot be reached: try again' };
  }

  /** A node could not be reached. */
  onUnreachable(id: string): void {
    this.#note(this.#unreachable, id, this.#context.now());
  }

  /** The node that opens the next room: the one with the fewest players. Null when there is none. */
  choose(): string | null {
    const { self, local, directory } = this.#context;
    const own = self();
    let [best, fewest, isBestWilling] = [null as string | null, Number.POSITIVE_INFINITY, false];
    for (const record of directory.leases.records) {
      if (record.id === own || record.isDraining || this.#isUnreachable(record.id)) continue;
      const players = this.#expected(record);
      const isWilling = !this.#isRecent(this.#unwilling, record.id);
      const isBetter = isWilling === isBestWilling ? players < fewest : isWilling;
      if (isBetter) [best, fewest, isBestWilling] = [record.id, players, isWilling];
    }
    const { players, isOpening } = local();
    if (own !== null && isOpening && (!isBestWilling || players <= fewest + PREFERENCE)) return own;
    if (best !== null) this.#count(best);
    return best;
  }

  #byKind(kind: string): Route | null {
    const { directory, self, own } = this.#context;
    for (const [code, { owner }] of directory.fullestFirst(kind)) {
      if (owner !== self()) {
        const route = this.#isUnreachable(owner) ? null : this.#routeTo(owner);
        if (route !== null) return route;
      } else {
        // What is written of a room here may be late.
        const record = own()?.recordOf(code) ?? null;
        if (record === null || isOpenToAll(record)) return this.#routeTo(owner);
      }
    }
    return this.#routeTo(this.choose());
  }

  /** Null when the time is over. */
  async #byCode(code: string, kind: string, signal: AbortSignal): Promise<Route | null> {
    const { directory, own, self } = this.#context;
    while (!signal.aborted) {
      const record = own()?.recordOf(code) ?? null;
      if (this.#context.isOpenHere(code) || own()?.mayOpen(code) === true) return { to: 'here' };
      const entry = directory.get(code);
      const owner = directory.ownerOf(code);
      const state = record?.state ?? (owner === null ? null : entry?.record.state);
      // A code that is kept for a new room has no room: the rooms of this process refuse the client with 4404.
      if (state === 'pooled') return { to: 'here' };
      const isChanged = (): boolean =>
        directory.get(code) !== entry ||
        directory.ownerOf(code) !== owner ||
        (own()?.recordOf(code) ?? null) !== record;
      if (state === 'closing' || (owner !== null && owner !== self() && this.#isUnreachable(owner))) {
        await directory.until(isChanged, signal);
        continue;
      }
      if (owner !== null && owner !== self()) return this.#routeTo(owner);
      const isWanted = this.#context.opensByCode(kind) || (await this.#isSaved(code));
      if (isWanted === false) return { to: 'here' };
      if (signal.aborted) break;
      const route = isWanted === null ? null : await this.#place(code, signal);
      if (route !== null) return route;
      await this.#context.pause(PAUSE, signal);
    }
    return null;
  }

  /** Has the code claimed by a node. Null when that has come to nothing. */
  async #place(code: string, signal: AbortSignal): Promise<Route | null> {
    const { own, self, askToClaim, directory } = this.#context;
    const node = this.choose();
    if (node === null) return null;
    const claiming = node === self() ? own()?.claim(code) : askToClaim(node, code);
    const aborted = new Promise<ClaimResult>((resolve) => {
      signal.addEventListener('abort', () => resolve('unknown'), { once: true });
    });
    const result = await Promise.race([claiming ?? 'unknown', aborted]);
    if (result === 'here') return this.#routeTo(node);
    if (result === 'unknown' && node !== self()) this.#note(this.#unwilling, node, this.#context.now());
    if (result === 'elsewhere') await directory.until(() => directory.ownerOf(code) !== null, signal);
    return null;
  }

  /** Null when it could not be found out. */
  async #isSaved(code: string): Promise<boolean | null> {
    try {
      return await this.#context.isSaved(code);
    } catch {
      return null;
    }
  }

  #routeTo(id: string | null): Route | null {
    if (id === null) return null;
    if (id === this.#context.self()) return { to: 'here' };
    const record = this.#context.directory.leases.get(id);
    return record === null ? null : { to: 'node', id, host: record.address.host, port: record.address.port };
  }

  #isUnreachable(id: string): boolean {
    return this.#isRecent(this.#unreachable, id);
  }

  #isRecent(times: Map<string, number>, id: string): boolean {
    const since = times.get(id);
    if (since === undefined) return false;
    if (this.#context.now() - since < SPARED) return true;
    times.delete(id);
    return false;
  }

  /** Notes something of a node, and forgets nodes that are gone: each process has another id whenever it joins. */
  #note<Value>(notes: Map<string, Value>, id: string, value: Value): void {
    notes.set(id, value);
    if (notes.size <= MOST_NOTES) return;
    for (const node of notes.keys()) if (!this.#context.directory.leases.isAlive(node)) notes.delete(node);
  }

  /** The players of a node, with those who were sent there since it has told them. */
  #expected({ id, players, sequence }: NodeRecord): number {
    const sent = this.#sent.get(id);
    return players + (sent?.sequence === sequence ? sent.count : 0);
  }

  #count(id: string): void {
    const sequence = this.#context.directory.leases.get(id)?.sequence ?? 0;
    const sent = this.#sent.get(id);
    if (sent?.sequence === sequence) sent.count++;
    else this.#note(this.#sent, id, { sequence, count: 1 });
  }
}

/** Of the target of a request, also in absolute form. */
function splitTarget(target: string): { readonly path: string; readonly parameters: URLSearchParams } {
  const relative = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const at = relative.indexOf('?');
  const path = at < 0 ? relative : relative.slice(0, at);
  return { path, parameters: new URLSearchParams(at < 0 ? '' : relative.slice(at + 1)) };
}
