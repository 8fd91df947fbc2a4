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
 * One connection as its peer sees it: over a stream with our own protocol, or over a browser's `WebSocket`. A peer makes a new
 * session for every connection, so that nothing of one connection can leak into the next.
 *
 * The fields are what the user sees. They change only in calls of the user's.
 */
export abstract class Session {
  state: State = State.STATE_CONNECTING;
  failure: Failure | null = null;
  visiblePackets = 0;
  /** Whether the packet taken last came as text. */
  wasText = false;
  selectedProtocol = '';
  connectedHost = '';
  connectedPort = 0;
  /** Code and reason of the Close frame that arrived; -1 and empty before CLOSED, and after an unclean end. */
  closeCode = -1;
  closeReason = '';
  /** The code with which this side has begun the closing handshake; -1 when it has not. */
  ownCloseCode = -1;

  /** Called once. */
  abstract start(): void;
  /** Advances the session and shows what has happened since the last poll. */
  abstract poll(): void;
  abstract send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode;
  abstract sendText(text: string, compress: boolean): ErrorCode;
  /** Ends the connection now, without a closing handshake. Packets that a poll has shown stay readable. */
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

  /** The result of the closing handshake; null until it is complete. */
  protected abstract get cleanClose(): CleanClose | null;
  /** The state is CLOSING: begins the closing handshake. */
  protected abstract beginClosing(code: number, reason: string): void;

  /** Begins the closing handshake; before OPEN, or with a negative code, drops the connection at once. */
  close(code: number, reason: string): void {
    if (this.state === State.STATE_CLOSED || (this.state === State.STATE_CLOSING && code >= 0)) return;
    const isConnecting = this.state === State.STATE_CONNECTING;
    if (isConnecting || code < 0) {
      const what = isConnecting ? 'before the connection was open' : `with code ${code}`;
      this.drop({
        code: 'TICKPEER_DROPPED',
        message: `close() was called ${what}: nothing was sent to the other side`,
      });
      return;
    }
    this.state = State.STATE_CLOSING;
    this.ownCloseCode = code;
    this.beginClosing(code, reason);
  }

  /**
   * Advances `state`. A poll that shows new packets, or the opening, does not show the end yet: so a loop that reads only while OPEN,
   * such as the sample of the class reference, loses no packet. Returns true when the end waits for the next poll.
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
