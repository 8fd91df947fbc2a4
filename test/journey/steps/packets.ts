import { ErrorCode, WebSocketPeer, WriteMode } from 'tickpeer';
import { equal, holds, patternBytes, pollUntil, receive, type Step, send, withOpenPeer } from '../step.ts';

const MEBIBYTE = 1024 * 1024;
const encoder = new TextEncoder();

/** Messages in both directions. */
export const PACKETS: readonly Step[] = [
  {
    name: 'text comes back as text',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        send(peer, 'hello');
        await pollUntil(peer, () => peer.getAvailablePacketCount() === 1, 'a packet is there');
        equal(peer.getPacket(), encoder.encode('hello'), 'packet');
        equal(peer.getPacketError(), ErrorCode.OK, 'packet error');
        equal(peer.wasStringPacket(), true, 'wasStringPacket');
      }),
  },
  {
    name: 'bytes come back as bytes',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
        equal(ErrorCode[peer.putPacket(bytes)], 'OK', 'putPacket');
        bytes.fill(0); // The message was copied.
        await pollUntil(peer, () => peer.getAvailablePacketCount() === 1, 'a packet is there');
        equal(
          peer.getPacket(),
          Uint8Array.from({ length: 256 }, (_, index) => index),
          'packet',
        );
        equal(peer.wasStringPacket(), false, 'wasStringPacket');
      }),
  },
  {
    name: 'Variants come back as they were',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        const value = ['grüße', 42, -1.5, true, null, [1, [2]]];
        equal(ErrorCode[peer.putVar(value)], 'OK', 'putVar');
        await pollUntil(peer, () => peer.getAvailablePacketCount() === 1, 'a packet is there');
        equal(peer.getVar(), value, 'Variant');
        equal(ErrorCode[peer.getPacketError()], 'OK', 'packet error');
        equal(peer.getVar(), null, 'Variant without a packet');
        equal(ErrorCode[peer.getPacketError()], 'ERR_UNAVAILABLE', 'packet error without a packet');
        peer.encodeBufferMaxSize = 1024;
        holds(peer.putVar('x'.repeat(2000)) !== ErrorCode.OK, 'a Variant above encodeBufferMaxSize is refused');
      }),
  },
  {
    name: 'getPacket without a packet',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        equal(peer.getPacket(), new Uint8Array(0), 'packet');
        equal(ErrorCode[peer.getPacketError()], 'ERR_UNAVAILABLE', 'packet error');
      }),
  },
  {
    name: 'empty messages, and putPacket of nothing, which sends nothing',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        send(peer, '');
        equal(ErrorCode[peer.putPacket(new Uint8Array(0))], 'OK', 'putPacket');
        send(peer, new Uint8Array(0));
        equal(ErrorCode[peer.send(new Uint8Array(0), WriteMode.WRITE_MODE_TEXT)], 'OK', 'send as text');
        equal(await receive(peer, 3), ['', new Uint8Array(0), ''], 'packets');
      }),
  },
  {
    name: 'text beyond ASCII, as a string and as its bytes',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        const text = 'grüß dich, κόσμε — 😀 \u{feff}\u0000 ende';
        send(peer, text);
        equal(ErrorCode[peer.send(encoder.encode(text), WriteMode.WRITE_MODE_TEXT)], 'OK', 'send as text');
        send(peer, 'lone \ud800 surrogate');
        equal(await receive(peer, 3), [text, text, 'lone \ufffd surrogate'], 'packets');
        const broken = Uint8Array.of(0xc3, 0x28);
        equal(ErrorCode[peer.send(broken, WriteMode.WRITE_MODE_TEXT)], 'ERR_INVALID_DATA', 'text that is not UTF-8');
        equal(peer.getLastFailure()?.code, 'TICKPEER_INVALID_TEXT', 'failure');
      }),
  },
  {
    name: 'messages of every form of length, and of a mebibyte',
    run: (where) =>
      withOpenPeer(
        where,
        '/echo',
        async (peer) => {
          for (const size of [1, 125, 126, 65_535, 65_536, MEBIBYTE]) {
            const bytes = patternBytes(size);
            send(peer, bytes);
            const [packet] = await receive(peer, 1);
            holds(packet instanceof Uint8Array && sameBytes(packet, bytes), `${size} bytes came back as they were`);
          }
          const text = 'aé€😀'.repeat(MEBIBYTE / 10);
          send(peer, text);
          const [packet] = await receive(peer, 1);
          holds(packet === text, 'a mebibyte of text came back as it was');
        },
        { inboundBufferSize: MEBIBYTE, outboundBufferSize: MEBIBYTE },
      ),
  },
  {
    name: '3000 small messages come back in order',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        const count = 3000;
        const back: (string | Uint8Array)[] = [];
        let sent = 0;
        const what = 'all came back';
        await pollUntil(
          peer,
          () => {
            while (sent < count && peer.sendText(String(sent)) === ErrorCode.OK) sent++;
            return back.push(...peer.packets()) >= count;
          },
          what,
        );
        equal(
          back,
          Array.from({ length: count }, (_, index) => String(index)),
          'packets',
        );
      }),
  },
  {
    name: 'statistics count packets, and bytes with their frame headers',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        send(peer, 'hello');
        send(peer, new Uint8Array(126));
        send(peer, new Uint8Array(0));
        await receive(peer, 3);
        const { packetsSent, packetsReceived, framesSent, framesReceived, bytesSent, bytesReceived } =
          peer.getStatistics();
        equal([packetsSent, packetsReceived, framesSent, framesReceived], [3, 3, 3, 3], 'packets and frames');
        // Headers of 2, 4 and 2 bytes, and masking keys of 4 on the way there.
        equal([bytesSent, bytesReceived], [5 + 126 + 8 + 12, 5 + 126 + 8], 'bytes');
      }),
  },
  {
    name: 'getCurrentOutboundBufferedAmount goes back to nothing',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        equal(peer.getCurrentOutboundBufferedAmount(), 0, 'before');
        send(peer, new Uint8Array(60_000));
        await receive(peer, 1);
        equal(peer.getCurrentOutboundBufferedAmount(), 0, 'after');
      }),
  },
  {
    name: 'wrong types throw',
    run: (where) =>
      withOpenPeer(where, '/echo', async (peer) => {
        // What JavaScript's types do not prevent.
        const wrong = peer as unknown as { sendText(message: number): void; send(message: number): void };
        holds(
          throwsA(TypeError, () => wrong.sendText(5)),
          'sendText(5) throws a TypeError',
        );
        holds(
          throwsA(TypeError, () => wrong.send(5)),
          'send(5) throws a TypeError',
        );
        const beyond = (): void => {
          peer.maxQueuedPackets = 0;
        };
        holds(throwsA(RangeError, beyond), 'maxQueuedPackets = 0 throws a RangeError');
        equal(peer.getReadyState(), WebSocketPeer.STATE_OPEN, 'state');
      }),
  },
];

export function throwsA(type: ErrorConstructor, run: () => void): boolean {
  try {
    run();
  } catch (error) {
    return error instanceof type;
  }
  return false;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
