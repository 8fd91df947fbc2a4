import { ErrorCode } from '../../error-code.ts';
import {
  type Connection,
  Counters,
  copyReceived,
  copySent,
  type Opcode,
  type SharedMessage,
} from '../../protocol/index.ts';
import type { StreamPeer } from '../../stream/index.ts';
import type { Statistics } from '../statistics.ts';
import type { Flushable, FlushList } from './flush-list.ts';
import { Phase, type StageFacts } from './stage.ts';

/**
 * An open connection on its stream. Writes the connection's output, once a turn and one write at a time, and pauses reading while the
 * packet queue is full.
 */
export class OpenStream implements Flushable, StageFacts {
  readonly phase: Phase.OPEN = Phase.OPEN;
  readonly ending: null = null;
  readonly streamEnding: null = null;
  readonly connection: Connection;
  /** Set when a send was refused; the next drain wakes the peer. */
  #wasRefused = false;
  /** The counters that the user sees; null until the first `statistics`. */
  #shownCounters: Counters | null = null;
  #stream: StreamPeer;
  readonly #flushList: FlushList;
  #isFlushPlanned = false;
  /** The stream has not passed on all of the last write; the next one waits for it. */
  #isWriting = false;
  #isReadingPaused = false;
  #isOver = false;

  constructor(connection: Connection, stream: StreamPeer, flushList: FlushList) {
    this.connection = connection;
    this.#stream = stream;
    this.#flushList = flushList;
  }

  get open(): OpenStream {
    return this;
  }

  /** As `Connection.send`; writes first if there is no room. */
  send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, isEncoded: boolean): ErrorCode {
    if (this.connection.isFull(payload.length)) this.flush();
    return this.#sent(this.connection.send(payload, opcode, isEncoded));
  }

  /** Begins the closing handshake, as `Connection.close`. */
  close(code: number, reason: string): void {
    this.connection.close(code, reason, this.#flushList.now);
    copySent(this.connection.counters, this.#shownCounters);
  }

  /** Counts what was received up to the last `showReceived` and sent up to now; the first call, both up to now. */
  get statistics(): Statistics {
    this.#shownCounters ??= Object.assign(new Counters(), this.connection.counters);
    return { ...this.#shownCounters };
  }

  /** Updates the counters of what was received; a poll calls it. */
  showReceived(): void {
    const { counters } = this.connection;
    copyReceived(counters, this.#shownCounters);
    copySent(counters, this.#shownCounters);
  }

  sendShared(message: SharedMessage): ErrorCode {
    if (this.connection.isFull(message.payload.length)) this.flush();
    return this.#sent(this.connection.sendShared(message));
  }

  /**
   * Plans a write of the connection's output, and pauses or resumes reading when its queue gets full or has room again. Not for a
   * CLOSED connection. Returns true when reading was paused for a full queue.
   */
  settle(): boolean {
    const { connection } = this;
    if (!connection.output.isEmpty) this.#planFlush();
    const pauses = !connection.wantsBytes;
    if (pauses === this.#isReadingPaused) return false;
    this.#isReadingPaused = pauses;
    if (pauses) this.#stream.pauseReading();
    else this.#stream.resumeReading();
    return pauses;
  }

  /** Continues on a stream that was put in front of the present one, which has taken everything that was written. */
  reroute(stream: StreamPeer): void {
    this.#stream = stream;
    if (this.#isReadingPaused) stream.pauseReading();
  }

  /** Writes the output, unless the stream has not passed on all of the last write. */
  flush(): void {
    if (this.#isOver) return;
    if (this.connection.awaitsFlush) this.connection.noteFlush(this.#flushList.now);
    if (!this.#isWriting) this.#write();
  }

  onTurnEnd(): void {
    this.#isFlushPlanned = false;
    this.flush();
  }

  /** The stream has passed on everything. Returns true when a send was refused meanwhile. */
  onStreamDrain(): boolean {
    if (!this.#isWriting) return false;
    this.#isWriting = false;
    this.connection.output.confirm();
    this.flush();
    const isNews = this.#wasRefused;
    this.#wasRefused = false;
    return isNews;
  }

  /** The connection is CLOSED: writes its last bytes. The stream is still read, and what arrives is ignored. */
  finish(): void {
    this.#write();
    this.#isOver = true;
    if (this.#isReadingPaused) this.#stream.resumeReading();
  }

  #write(): void {
    const { output } = this.connection;
    const bytes = this.connection.takeOutput();
    if (bytes === null) return;
    if (bytes instanceof Uint8Array) this.#stream.write(bytes);
    else this.#stream.writeAll(bytes);
    if (this.#stream.getUnsentBytes() === 0) output.confirm();
    else this.#isWriting = true;
  }

  #sent(result: ErrorCode): ErrorCode {
    copySent(this.connection.counters, this.#shownCounters);
    if (result === ErrorCode.OK) this.#planFlush();
    else if (result === ErrorCode.ERR_OUT_OF_MEMORY) this.#wasRefused = true;
    return result;
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#isOver) return;
    this.#isFlushPlanned = true;
    this.#flushList.add(this);
  }
}
