import type { PacketTap, SceneInspection, SubjectKind } from '../../multiplayer/index.ts';
import type { TrafficRow, TrafficState } from '../feed/messages.ts';
import { shown } from './shown-text.ts';

/** Packets, blocks and values that are read in a second; of more, only some are. Each takes about a microsecond. */
const MOST_PARTS = 3000;
/**
 * Rows that are kept: clients can choose the names of nodes that share a declaration. Of more, the smaller half becomes part of the rest
 * when the interval ends.
 */
const MOST_ROWS = 2000;
/** Rows for a page. */
const MOST_SHOWN = 200;
/** How much of the newest rate goes into the shown one. */
const SMOOTHING = 0.25;
const REST = '(other nodes)';

class Row {
  readonly kind: SubjectKind;
  readonly path: string;
  readonly member: string;
  bytesIn = 0;
  bytesOut = 0;
  packetsIn = 0;
  packetsOut = 0;
  bytesInRate = 0;
  bytesOutRate = 0;
  #lastIn = 0;
  #lastOut = 0;

  constructor(kind: SubjectKind, path: string, member: string) {
    this.kind = kind;
    this.path = path;
    this.member = member;
  }

  /** This row stands for another one, too, from now on. */
  add(row: Row): void {
    this.bytesIn += row.bytesIn;
    this.bytesOut += row.bytesOut;
    this.packetsIn += row.packetsIn;
    this.packetsOut += row.packetsOut;
    this.bytesInRate += row.bytesInRate;
    this.bytesOutRate += row.bytesOutRate;
    this.#lastIn += row.#lastIn;
    this.#lastOut += row.#lastOut;
  }

  advance(seconds: number): void {
    this.bytesInRate += SMOOTHING * ((this.bytesIn - this.#lastIn) / seconds - this.bytesInRate);
    this.bytesOutRate += SMOOTHING * ((this.bytesOut - this.#lastOut) / seconds - this.bytesOutRate);
    this.#lastIn = this.bytesIn;
    this.#lastOut = this.bytesOut;
  }

  get shown(): TrafficRow {
    const { kind, path, member, bytesIn, bytesOut, packetsIn, packetsOut } = this;
    const bytesInRate = Math.round(this.bytesInRate);
    const bytesOutRate = Math.round(this.bytesOutRate);
    return { kind, path, member, bytesInRate, bytesOutRate, packetsIn, packetsOut, bytesIn, bytesOut };
  }
}

/**
 * Counts the bytes of a multiplayer's packets by node, method and property. While there are more packets than it may read, it reads a
 * random choice of them and multiplies, so that its own time is limited.
 */
export class Traffic implements PacketTap {
  readonly #inspection: SceneInspection;
  readonly #random: () => number;
  readonly #rows = new Map<string, Map<string, Row>>();
  #rowCount = 0;
  #untap: (() => void) | null = null;
  #seconds = 0;
  /** One packet of so many is read. */
  #stride = 1;
  /** How many packets are left out before the next is read. */
  #toSkip = 0;
  #parts = 0;
  #isExact = true;
  // Of the packet that is being described.
  #isSent = false;
  #factor = 1;

  constructor(inspection: SceneInspection, random: () => number = Math.random) {
    this.#inspection = inspection;
    this.#random = random;
  }

  /** Begins to count, or goes on. */
  start(): void {
    this.#untap ??= this.#inspection.tap(this);
  }

  stop(): void {
    this.#untap?.();
    this.#untap = null;
    this.#inspection.refresh(); // nothing of the game is kept
  }

  onReceived(from: number, packet: Uint8Array): void {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    this.#read(from, packet, false, 1);
  }

  onSent(receivers: number, packet: Uint8Array): void {
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    this.#read(0, packet, true, receivers);
  }

  /** An interval of so many seconds is over. */
  advance(seconds: number): void {
    if (this.#untap === null) return;
    this.#seconds += seconds;
    for (const rows of this.#rows.values()) for (const row of rows.values()) row.advance(seconds);
    const wanted = Math.ceil((this.#parts * this.#stride) / seconds / MOST_PARTS);
    this.#stride = Math.max(1, wanted);
    if (this.#stride > 1) this.#isExact = false;
    this.#parts = 0;
    if (this.#rowCount >= MOST_ROWS) this.#fold();
    this.#inspection.refresh();
  }

  /** The rows with the most bytes. */
  get state(): TrafficState {
    const all = this.#sorted();
    const rows = all.slice(0, MOST_SHOWN).map((row) => row.shown);
    return { rows, count: all.length, seconds: Math.round(this.#seconds), isExact: this.#isExact };
  }

  #sorted(): Row[] {
    const all = [...this.#rows.values()].flatMap((rows) => [...rows.values()]);
    return all.sort((one, other) => other.bytesIn + other.bytesOut - one.bytesIn - one.bytesOut);
  }

  /** Makes the rows with the fewest bytes part of the rest. */
  #fold(): void {
    const small = this.#sorted().slice(MOST_ROWS / 2);
    for (const row of small) {
      if (row.path === REST) continue;
      const rows = this.#rows.get(row.path);
      rows?.delete(row.member);
      if (rows?.size === 0) this.#rows.delete(row.path);
      this.#rowCount--;
      this.#rowOf(row.kind, REST, row.kind).add(row);
    }
  }

  #read(from: number, packet: Uint8Array, isSent: boolean, receivers: number): void {
    // On average one of `stride`, at random distances: every n-th packet may always be for the same peer.
    if (this.#stride > 1) this.#toSkip = Math.floor(this.#random() * (2 * this.#stride - 1));
    this.#isSent = isSent;
    this.#factor = receivers * this.#stride;
    this.#parts += this.#inspection.describe(from, packet, this.#note);
  }

  readonly #note = (kind: SubjectKind, path: string, member: string, bytes: number): void => {
    const row = this.#rowOf(kind, path, member);
    if (this.#isSent) {
      row.packetsOut += this.#factor;
      row.bytesOut += this.#factor * bytes;
    } else {
      row.packetsIn += this.#factor;
      row.bytesIn += this.#factor * bytes;
    }
  };

  #rowOf(kind: SubjectKind, whole: string, member: string): Row {
    const path = shown(whole);
    let rows = this.#rows.get(path);
    const known = rows?.get(member);
    if (known?.kind === kind) return known;
    // A method may have the name of a property.
    if (known !== undefined) return this.#rowOf(kind, path, `${member} (${kind})`);
    if (this.#rowCount >= MOST_ROWS && path !== REST) return this.#rowOf(kind, REST, kind);
    if (rows === undefined) {
      rows = new Map();
      this.#rows.set(path, rows);
    }
    const row = new Row(kind, path, member);
    rows.set(member, row);
    this.#rowCount++;
    return row;
  }
}
