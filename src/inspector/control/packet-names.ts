import type { PacketDecoder, SceneInspection } from '../../multiplayer/index.ts';

/** Nodes that are named behind a decoded packet. */
const MOST_PLACES = 5;

/** Describes the packets of one peer with the names that its multiplayer has declared. In another room it gets that of this room. */
export class PacketNames {
  readonly #id: number;
  readonly #find: () => SceneInspection | null;
  #inspection: SceneInspection | null = null;
  #decoder: PacketDecoder | null = null;

  /** `find`: the multiplayer in which the peer `id` is now; null for none. */
  constructor(id: number, find: () => SceneInspection | null) {
    this.#id = id;
    this.#find = find;
  }

  readonly describe = (packet: Uint8Array, isSent: boolean): string => {
    const inspection = this.#id === 0 ? null : this.#find();
    if (inspection === null) return 'bytes';
    if (this.#inspection !== inspection || this.#decoder === null) {
      this.#inspection = inspection;
      this.#decoder = inspection.decoder(this.#id);
    }
    const decoded = this.#decoder.decode(packet, isSent ? 'sent' : 'received');
    const hasStates = decoded.kind === 'sync' || decoded.kind === 'delta';
    if (!hasStates || decoded.states.every(({ node }) => node !== null)) return decoded.text;
    // Of nodes that were spawned before the page followed the peer; the multiplayer knows them.
    const places = new Set<string>();
    inspection.describe(isSent ? 0 : this.#id, packet, (kind, path) => kind === 'state' && places.add(path));
    return `${decoded.text} (${[...places].slice(0, MOST_PLACES).join(', ')})`;
  };
}
