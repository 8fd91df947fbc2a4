import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { Opcode } from '../../protocol/index.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import type { Statistics } from '../statistics.ts';
import type { HandshakeFacts } from './opening.ts';

/** The Close frame that arrived, of a closing handshake that was completed. */
export interface CleanClose {
  readonly code: number;
  readonly reason: string;
}

/**
 * One connection's life as its peer sees it, whatever carries it: a stream and our own protocol, or a browser's
 * `WebSocket`. A peer makes a new one for every connection, so that nothing of the last one can leak into the next.
 *
 * The fields are what the user sees; they move in calls of the user's only.
 */
export abstract class Session {
  state: State = State.STATE_CONNECTING;
  failure: Failure | null = null;
  visiblePackets = 0;
  /** The type of the packet taken last. */
  wasText = false;
  selectedProtocol = '';
  connectedHost = '';
  connectedPort = 0;
  /** Of the Close frame that arrived; -1 and empty before CLOSED, and after an unclean end. */
  closeCode = -1;
  closeReason = '';

  /** Begins; called once. */
  abstract start(): void;
  /** Carries the session on and shows what has happened since the last poll. */
  abstract poll(): void;
  abstract send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode;
  abstract sendText(text: string, compress: boolean): ErrorCode;
  /** Ends everything now, without a word to the other side where that is possible. Packets that were shown stay. */
  abstract drop(failure: Failure): void;
  abstract takePacket(): Uint8Array<ArrayBuffer> | undefined;
  abstract setNoDelay(enabled: boolean): void;
  /** Replaces the settings, also of an open connection. */
  abstract useSettings(settings: PeerSettings): void;

  abstract get handshake(): HandshakeFacts;

  /** Whether the connection has ended, or failed, although no poll has shown it yet. */
  abstract get isOverUnseen(): boolean;
  /** When a poll is due even if nothing arrives; `Infinity` when never. */
  abstract get deadline(): number;
  abstract get outboundBufferedAmount(): number;
  /** Null as long as the state is CONNECTING, and where it never opened. */
  abstract get statistics(): Statistics | null;

  /** What the closing handshake said; null as long as it is not complete. */
  protected abstract get cleanClose(): CleanClose | null;
  /** The state is CLOSING: begins the closing handshake. */
  protected abstract beginClosing(code: number, reason: string): void;

  /** The closing handshake; before OPEN, or with a negative code, the connection is dropped at once. */
  close(code: number, reason: string): void {
    if (this.state === State.STATE_CLOSED || (this.state === State.STATE_CLOSING && code >= 0)) return;
    if (this.state === State.STATE_CONNECTING || code < 0) {
      const what = this.state === State.STATE_CONNECTING ? 'before the connection was open' : `with code ${code}`;
      this.drop({
        code: 'TICKPEER_DROPPED',
        message: `close() was called ${what}: nothing was sent to the other side`,
      });
      return;
    }
    this.state = State.STATE_CLOSING;
    this.beginClosing(code, reason);
  }

  /**
   * Moves `state` on. A poll that shows new packets does not show the end yet, nor does one that shows the opening: a loop
   * that reads only while OPEN, such as the reference's sample, loses nothing. True when the end waits for the next poll.
   */
  protected showState(hasOpened: boolean, hasNewPackets: boolean, isOver: boolean, ending: Failure | null): boolean {
    const isNewlyOpen = hasOpened && this.state === State.STATE_CONNECTING;
    if (isNewlyOpen) this.state = State.STATE_OPEN;
    if (!isOver) return false;
    if (isNewlyOpen || (hasNewPackets && this.state === State.STATE_OPEN)) return true;
    this.showEnd(ending);
    return false;
  }

  protected showEnd(ending: Failure | null): void {
    this.state = State.STATE_CLOSED;
    const close = this.cleanClose;
    if (close !== null) {
      this.closeCode = close.code;
      this.closeReason = close.reason;
    }
    if (ending !== null) this.failure = ending;
  }
}
