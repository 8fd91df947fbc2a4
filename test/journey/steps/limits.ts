import { ErrorCode, State, WebSocketPeer } from 'tickpeer';
import {
  begin,
  ending,
  equal,
  holds,
  pollUntil,
  receive,
  type Step,
  send,
  untilClosed,
  withOpenPeer,
  withPeer,
} from '../step.ts';

/** Every limit, one below, on, and one above it; and a sender that is faster than its reader. */
export const LIMITS: readonly Step[] = [
  ...[-1, 0].map(
    (more): Step => ({
      name: `inboundBufferSize ${more === 0 ? 'exactly' : 'less one'} is delivered`,
      run: (where) =>
        withOpenPeer(
          where,
          `/size?bytes=${1000 + more}`,
          async (peer) => {
            const [packet] = await receive(peer, 1);
            equal(packet?.length, 1000 + more, 'bytes');
            equal(State[peer.getReadyState()], 'STATE_OPEN', 'state');
          },
          { inboundBufferSize: 1000 },
        ),
    }),
  ),
  {
    name: 'inboundBufferSize and one more ends the connection',
    run: (where) =>
      withPeer(
        async (peer) => {
          begin(peer, `${where.plain}/size?bytes=1001`);
          await untilClosed(peer);
          equal(peer.getAvailablePacketCount(), 0, 'packets');
          equal(ending(peer), { code: -1, reason: '', failure: 'TICKPEER_MESSAGE_TOO_BIG' }, 'ending');
        },
        { inboundBufferSize: 1000 },
      ),
  },
  {
    name: 'maxQueuedPackets holds back a burst of ten times as many, and nothing is lost',
    run: (where) =>
      withOpenPeer(
        where,
        '/burst?count=500&size=20',
        async (peer) => {
          const numbers: number[] = [];
          let polls = 0;
          await pollUntil(
            peer,
            () => {
              const waiting = peer.getAvailablePacketCount();
              holds(waiting <= 50, `at most 50 packets wait (${waiting})`);
              // A slow reader: one packet every other poll, until the queue has been full for a while.
              if (polls++ < 60) {
                if (polls % 2 === 0 && waiting > 0) numbers.push(numberOf(peer.getPacket()));
              } else {
                while (peer.getAvailablePacketCount() > 0) numbers.push(numberOf(peer.getPacket()));
              }
              return numbers.length === 500;
            },
            'the whole burst has come',
          );
          equal(numbers, inOrder(500), 'numbers');
          equal(State[peer.getReadyState()], 'STATE_OPEN', 'state');
        },
        { maxQueuedPackets: 50 },
      ),
  },
  {
    name: 'inboundBufferSize holds back a burst of ten times as many bytes, and nothing is lost',
    run: (where) =>
      withOpenPeer(
        where,
        '/burst?count=200&size=1000',
        async (peer) => {
          const numbers: number[] = [];
          await pollUntil(
            peer,
            () => {
              const waiting = peer.getAvailablePacketCount();
              holds(waiting <= 20, `at most 20 packets of 1000 bytes wait (${waiting})`);
              if (waiting > 0) numbers.push(numberOf(peer.getPacket()));
              return numbers.length === 200;
            },
            'the whole burst has come',
          );
          equal(numbers, inOrder(200), 'numbers');
          holds(peer.getStatistics().inboundPeakSize <= 20_000, 'the peak stays below the limit');
        },
        { inboundBufferSize: 20_000 },
      ),
  },
  {
    name: 'outboundBufferSize less one and exactly are sent, one more is refused whole',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          send(peer, new Uint8Array(999));
          await receive(peer, 1);
          send(peer, new Uint8Array(1000));
          await receive(peer, 1);
          equal(ErrorCode[peer.send(new Uint8Array(1001))], 'ERR_OUT_OF_MEMORY', 'one above');
          equal(peer.getLastFailure()?.code, 'TICKPEER_OUTBOUND_LIMIT', 'failure');
          equal(peer.getCurrentOutboundBufferedAmount(), 0, 'buffered');
          send(peer, 'after');
          equal(await receive(peer, 1), ['after'], 'what came next');
          const { packetsSent, sendsRefused } = peer.getStatistics();
          equal([packetsSent, sendsRefused], [3, 1], 'sent and refused');
        },
        { outboundBufferSize: 1000 },
      ),
  },
  {
    name: 'outboundBufferSize 0 is no limit',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          send(peer, new Uint8Array(300_000));
          const [packet] = await receive(peer, 1);
          equal(packet?.length, 300_000, 'bytes');
        },
        { outboundBufferSize: 0, inboundBufferSize: 300_000 },
      ),
  },
  {
    name: 'a limit that is raised counts at once',
    run: (where) =>
      withOpenPeer(
        where,
        '/burst?count=30&size=100',
        async (peer) => {
          await pollUntil(peer, () => peer.getAvailablePacketCount() === 10, 'ten wait');
          peer.maxQueuedPackets = 100;
          await pollUntil(peer, () => peer.getAvailablePacketCount() === 30, 'all wait');
          equal(State[peer.getReadyState()], 'STATE_OPEN', 'state');
        },
        { maxQueuedPackets: 10 },
      ),
  },
  {
    name: 'sending is refused when not OPEN',
    run: (where) =>
      withPeer(async (peer) => {
        const refused = (state: State): void => {
          equal(State[peer.getReadyState()], State[state], 'state');
          equal(ErrorCode[peer.sendText('x')], 'FAILED', `sendText in ${State[state]}`);
          equal(ErrorCode[peer.send(new Uint8Array(1))], 'FAILED', `send in ${State[state]}`);
          equal(ErrorCode[peer.putPacket(new Uint8Array(1))], 'FAILED', `putPacket in ${State[state]}`);
          equal(peer.getLastFailure()?.code, 'TICKPEER_NOT_OPEN', `failure in ${State[state]}`);
        };
        refused(WebSocketPeer.STATE_CLOSED);
        begin(peer, `${where.plain}/echo`);
        refused(WebSocketPeer.STATE_CONNECTING);
        await pollUntil(peer, () => peer.getReadyState() === WebSocketPeer.STATE_OPEN, 'it is OPEN');
        peer.close();
        refused(WebSocketPeer.STATE_CLOSING);
        await untilClosed(peer);
        refused(WebSocketPeer.STATE_CLOSED);
      }),
  },
];

function numberOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset).getUint32(0, true);
}

function inOrder(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
