/** What runs in the page of `stopped-page.test.ts`, which calls it through `globalThis`. */
import { State, WebSocketPeer } from 'tickpeer';
import { begin, send, turn, untilOpen } from '../journey/step.ts';

export interface StoppedPage {
  /** Connects, polls until it is OPEN, and then asks the server to send. */
  open(url: string, options: { readonly arrivalBufferSize?: number }): Promise<void>;
  /** Waits until the browser has received this many messages, without polling. */
  letArrive(count: number): Promise<void>;
  /** Polls until nothing more arrives. Returns the numbers at the start of the messages, and the final state. */
  readAll(): Promise<{ numbers: number[]; state: string; failure: string | null }>;
}

let peer = new WebSocketPeer();

/** Messages that the browser has received, polled or not. */
let arrived = 0;

interface EventSource {
  addEventListener(type: 'message', listener: () => void): void;
}
const browser = globalThis as unknown as { WebSocket: new (url: string, protocols: string[]) => EventSource };
browser.WebSocket = class extends browser.WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    this.addEventListener('message', () => {
      arrived++;
    });
  }
};

const page: StoppedPage = {
  async open(url, options) {
    peer = new WebSocketPeer(options);
    begin(peer, url);
    await untilOpen(peer);
    send(peer, 'go');
  },
  async letArrive(count) {
    // The messages in a stream cannot be counted; but there it does not matter when they arrive.
    const isStream = 'WebSocketStream' in globalThis;
    for (let turns = 0; isStream ? turns < 50 : arrived < count; turns++) await turn();
  },
  async readAll() {
    const numbers: number[] = [];
    let idle = 0;
    while (idle < 20) {
      idle++;
      peer.poll();
      while (peer.getAvailablePacketCount() > 0) {
        idle = 0;
        const packet = peer.getPacket();
        numbers.push(new DataView(packet.buffer, packet.byteOffset).getUint32(0, true));
      }
      await turn();
    }
    return { numbers, state: State[peer.getReadyState()], failure: peer.getLastFailure()?.code ?? null };
  },
};
Object.assign(globalThis, page);
