import type { Failure } from '../../src/failure.ts';
import { ErrorCode, StreamPeer, type StreamSink, WebSocketPeer, type WriteMode } from '../../src/index.ts';
import type { Random } from '../../src/testing/index.ts';
import type { WorldOptions } from './world.ts';

/** How a faulty stream changes the chunks that arrive. */
type Tamper = (chunk: Uint8Array, random: Random, deliver: (chunk: Uint8Array) => void) => void;

/** A stream between a peer and its stream, which changes what arrives. */
class SpoiltStream extends StreamPeer implements StreamSink {
  readonly #stream: StreamPeer;
  readonly #random: Random;
  readonly #tamper: Tamper;

  constructor(stream: StreamPeer, random: Random, tamper: Tamper) {
    super();
    this.#stream = stream;
    this.#random = random;
    this.#tamper = tamper;
    stream.setSink(this);
  }

  onStreamOpen(): void {
    this.reportOpen();
  }
  onStreamData(chunk: Uint8Array): void {
    this.#tamper(chunk.slice(), this.#random, (spoilt) => this.reportData(spoilt));
  }
  onStreamDrain(): void {
    this.reportDrain();
  }
  onStreamEnd(): void {
    this.reportEnd();
  }
  onStreamFailure(failure: Failure): void {
    this.reportFailure(failure);
  }

  override poll(): ErrorCode {
    return this.#stream.poll();
  }
  override pauseReading(): void {
    this.#stream.pauseReading();
  }
  override resumeReading(): void {
    this.#stream.resumeReading();
  }
  override write(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }
  override getUnsentBytes(): number {
    return this.#stream.getUnsentBytes();
  }
  override end(): void {
    this.#stream.end();
  }
  override destroy(): void {
    this.setSink(null);
    this.#stream.destroy();
  }
  override linger(milliseconds: number): void {
    this.setSink(null);
    this.#stream.linger(milliseconds);
  }
  protected override writeStatus(): ErrorCode {
    return ErrorCode.OK;
  }
}

function spoil(tamper: Tamper): WorldOptions {
  return { wrapStream: (stream, random) => new SpoiltStream(stream, random, tamper) };
}

function bad(Peer: new (options: object) => WebSocketPeer): WorldOptions {
  return { makePeer: (options) => new Peer(options) };
}

/** Faults that must be detected, each as the options of a world that has it. */
export const PLANTED_BUGS: Readonly<Record<string, WorldOptions>> = {
  'a stream that drops a chunk': spoil((chunk, random, deliver) => {
    if (!random.chance(0.05)) deliver(chunk);
  }),
  'a stream that delivers a chunk twice': spoil((chunk, random, deliver) => {
    const copy = chunk.slice(); // A sink may overwrite what it gets.
    deliver(chunk);
    if (random.chance(0.05)) deliver(copy);
  }),
  'a stream that swaps the halves of a chunk': spoil((chunk, random, deliver) => {
    const half = random.chance(0.05) ? chunk.length >> 1 : 0;
    deliver(chunk.slice(half));
    if (half > 0) deliver(chunk.slice(0, half));
  }),
  'a stream that turns a bit': spoil((chunk, random, deliver) => {
    if (random.chance(0.05)) chunk[random.integer(0, chunk.length - 1)]! ^= 1;
    deliver(chunk);
  }),
  'a peer that takes more than its limit': bad(
    class extends WebSocketPeer {
      constructor(options: object) {
        super(options);
        this.change('inboundBufferSize', this.settings.inboundBufferSize * 4);
      }
    },
  ),
  'a peer that takes less than its limit': bad(
    class extends WebSocketPeer {
      constructor(options: object) {
        super(options);
        this.change('inboundBufferSize', this.settings.inboundBufferSize >> 1);
      }
    },
  ),
  'a peer that queues too many packets': bad(
    class extends WebSocketPeer {
      constructor(options: object) {
        super(options);
        this.change('maxQueuedPackets', this.settings.maxQueuedPackets + 3);
      }
    },
  ),
  'a peer that sends more than its limit': bad(
    class extends WebSocketPeer {
      constructor(options: object) {
        super(options);
        this.change('outboundBufferSize', this.settings.outboundBufferSize * 2);
      }
    },
  ),
  'a peer that sends what it refuses': bad(
    class extends WebSocketPeer {
      override send(message: Uint8Array, mode?: WriteMode, compress?: boolean): ErrorCode {
        const result = super.send(message, mode, compress);
        return result === ErrorCode.OK && message.length === 126 ? ErrorCode.ERR_OUT_OF_MEMORY : result;
      }
    },
  ),
  'a peer that forgets what it accepted': bad(
    class extends WebSocketPeer {
      override send(message: Uint8Array, mode?: WriteMode, compress?: boolean): ErrorCode {
        return message.length === 126 ? ErrorCode.OK : super.send(message, mode, compress);
      }
    },
  ),
  'a peer that mixes up its packets': bad(
    class extends WebSocketPeer {
      readonly #last: Uint8Array<ArrayBuffer>[] = [];
      override getPacket(): Uint8Array<ArrayBuffer> {
        const packet = super.getPacket();
        this.#last.push(packet);
        return this.#last[this.#last.length >> 1] ?? packet;
      }
    },
  ),
  'a peer whose text is binary': bad(
    class extends WebSocketPeer {
      override wasStringPacket(): boolean {
        return false;
      }
    },
  ),
  'a peer that shows packets before the poll': bad(
    class extends WebSocketPeer {
      override getAvailablePacketCount(): number {
        super.poll();
        return super.getAvailablePacketCount();
      }
    },
  ),
  'a peer that is not always woken': bad(
    class extends WebSocketPeer {
      #count = 0;
      override set onWake(callback: () => void) {
        super.onWake = () => {
          if (++this.#count % 5 !== 0) callback();
        };
      }
    },
  ),
  'a peer that wakes twice': bad(
    class extends WebSocketPeer {
      override set onWake(callback: () => void) {
        super.onWake = () => {
          callback();
          callback();
        };
      }
    },
  ),
  'a peer whose close code is made up': bad(
    class extends WebSocketPeer {
      override getCloseCode(): number {
        return super.getCloseCode() === 1000 ? 1001 : super.getCloseCode();
      }
    },
  ),
  'a peer that never gives up closing': bad(
    class extends WebSocketPeer {
      constructor(options: object) {
        super(options);
        this.change('closeTimeLimit', 1e9);
      }
    },
  ),
  'a peer that drops where it should close': bad(
    class extends WebSocketPeer {
      override close(code?: number, reason?: string): void {
        super.close(code === 1000 ? -1 : code, reason);
      }
    },
  ),
  'a peer that throws': bad(
    class extends WebSocketPeer {
      #polls = 0;
      override poll(): void {
        super.poll();
        if (++this.#polls === 50) throw new TypeError('planted');
      }
    },
  ),
};
