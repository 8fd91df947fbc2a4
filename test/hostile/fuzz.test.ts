import { deflateRawSync } from 'node:zlib';
import { Crypto, CryptoKey, ErrorCode, State, StreamPeerMemory, WebSocketPeer, X509Certificate } from 'tickpeer';
import { expect } from 'vitest';
import { isFailure } from '../../src/failure.ts';
import { parseClosePayload } from '../../src/protocol/frames/close-payload.ts';
import { formatExtensions, parseExtensions, parseHeaderLine } from '../../src/protocol/http/header-grammar.ts';
import {
  ClientHandshake,
  CONNECTION_DEFAULTS,
  Connection,
  ConnectionState,
  Opcode,
  PermessageDeflate,
  parseUrl,
  type Role,
  ServerHandshake,
} from '../../src/protocol/index.ts';
import { createNodeCodec } from '../../src/websocket/compression/node-deflate.ts';
import { drainOutput, takePackets } from '../support/connection.ts';
import { frameTo, hex } from '../support/frames.ts';
import { nodePlatform } from '../support/platform.ts';
import { cut, mutate } from './fuzz.ts';
import { fuzz, INPUTS } from './fuzz-runner.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

// ------------------------------------------------------------------ frames

function validFrames(role: Role): Uint8Array[] {
  const { TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG } = Opcode;
  return [
    { opcode: TEXT, payload: 'héllo 🦊' },
    { opcode: BINARY, payload: new Uint8Array(130) },
    { opcode: TEXT, payload: 'frag', fin: false },
    { opcode: CONTINUATION, payload: 'ment', fin: false },
    { opcode: CONTINUATION, payload: 'ed' },
    { opcode: PING, payload: 'ping' },
    { opcode: PONG },
    { opcode: BINARY },
    { opcode: CLOSE, payload: Uint8Array.of(3, 232, 0x6f, 0x6b) },
    { opcode: BINARY, rsv: 0x40, payload: deflateRawSync(Buffer.from('deflated '.repeat(20))) },
  ].map((frame) => frameTo(role, frame));
}

const LIMITS = { ...CONNECTION_DEFAULTS, inboundBufferSize: 400, maxQueuedPackets: 5, maxFragments: 20 };

function makeConnection(role: Role, isCompressed: boolean): Connection {
  const settings = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
    threshold: 0,
    level: -1,
    memLevel: 8,
  };
  const made = isCompressed ? new PermessageDeflate(settings, createNodeCodec()).accept([]) : null;
  if (made !== null && 'code' in made) throw new Error(made.message);
  return new Connection(role, LIMITS, nodePlatform, 0, made);
}

/** The visible result of some bytes. */
function run(connection: Connection, pieces: readonly Uint8Array[]): string {
  const seen: string[] = [];
  const look = (): void => {
    expect(connection.packetCount).toBeLessThanOrEqual(LIMITS.maxQueuedPackets);
    for (const { payload, isText } of takePackets(connection)) {
      expect(payload.length).toBeLessThanOrEqual(LIMITS.inboundBufferSize);
      seen.push(`${isText ? 'text' : 'binary'} ${hex(payload)}`);
    }
  };
  for (const piece of pieces) {
    connection.receive(piece, 0);
    look();
  }
  connection.receiveEnd(null, 0);
  look();
  connection.conclude();
  expect(connection.state).toBe(ConnectionState.CLOSED);
  expect(connection.counters.inboundPeakSize).toBeLessThanOrEqual(LIMITS.inboundBufferSize);
  const output = drainOutput(connection);
  expect(output.length).toBeLessThan(20_000);
  seen.push(`${connection.failure?.code} ${connection.closeCode} ${connection.closeReason}`);
  return seen.join('\n');
}

for (const role of ['client', 'server'] as const) {
  const valid = validFrames(role);
  for (const isCompressed of [false, true]) {
    fuzz(`frames for a ${role}${isCompressed ? ', compressed' : ''}`, (chance) => {
      const input = mutate(chance, valid);
      const whole = run(makeConnection(role, isCompressed), [input.slice()]);
      // The result does not depend on how the bytes are split.
      expect(run(makeConnection(role, isCompressed), cut(chance, input))).toBe(whole);
    });
  }
}

fuzz('close payloads', (chance) => {
  const payload = mutate(chance, [Uint8Array.of(3, 232), Uint8Array.of(15, 160, 0xc3, 0xa9), new Uint8Array(0)]);
  const parsed = parseClosePayload(payload, nodePlatform);
  if (isFailure(parsed)) expect([1002, 1007]).toContain(parsed.closeCode);
  else expect(parsed.code).toBeGreaterThanOrEqual(1000);
});

// ------------------------------------------------------------------ the opening handshake

const REQUEST = text(
  'GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nX-Empty:\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: a, b\r\n' +
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; x="q\\"uoted"\r\n\r\n',
);
const RESPONSE = text(
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: a\r\n\r\n',
);
const HANDSHAKE_LIMITS = { maxHeadSize: 700, maxHeaders: 20 };

fuzz('requests', (chance) => {
  const input = mutate(chance, [REQUEST, text('GET / HTTP/1.1\r\n'), text('\r\n'), text('A: b\r\n')]);
  const outcome = (pieces: readonly Uint8Array[]): string => {
    const handshake = new ServerHandshake({ supportedProtocols: ['a'], limits: HANDSHAKE_LIMITS }, nodePlatform);
    let taken = 0;
    for (const piece of pieces) taken += handshake.receive(piece);
    if (handshake.state === 'requested') handshake.accept();
    const answer = Buffer.from(handshake.takeResponse()).toString();
    if (handshake.state !== 'reading') expect(answer).toMatch(/^HTTP\/1\.1 (101|4\d\d|505) [\s\S]*\r\n\r\n/);
    // Where a refused head ends does not matter.
    return `${handshake.state} ${handshake.failure?.code} ${handshake.state === 'accepted' ? taken : ''}\n${answer}`;
  };
  expect(outcome(cut(chance, input))).toBe(outcome([input]));
});

fuzz('responses', (chance) => {
  const input = mutate(chance, [
    RESPONSE,
    text('HTTP/1.1 404 Not Found\r\n\r\n'),
    text('HTTP/1.1 100 Continue\r\n\r\n'),
  ]);
  const url = parseUrl('ws://h');
  if ('code' in url) throw new Error(url.message);
  const fixed = { ...nodePlatform, fillRandom: (bytes: Uint8Array) => void bytes.set(text('the sample nonce')) };
  const outcome = (pieces: readonly Uint8Array[]): string => {
    const handshake = new ClientHandshake({ url, protocols: ['a'], limits: HANDSHAKE_LIMITS }, fixed);
    for (const piece of pieces) handshake.receive(piece);
    const { result } = handshake;
    return `${result.state} ${result.state === 'failed' ? `${result.failure.code} ${result.status}` : ''}`;
  };
  expect(outcome(cut(chance, input))).toBe(outcome([input]));
});

fuzz('extension lists and header lines', (chance) => {
  const input = Buffer.from(
    mutate(chance, [text('permessage-deflate; a=1; b="c d"; e'), text(', x;y=z'), text('Name: value')]),
  ).toString('latin1');
  parseHeaderLine(input);
  const offers = parseExtensions(input);
  if (offers === null) return;
  expect(parseExtensions(formatExtensions(offers))).toEqual(offers);
});

fuzz('URLs', (chance) => {
  const input = Buffer.from(
    mutate(chance, [text('wss://u:p%40@host.example:8080/path?q=1#f'), text('ws://[::1%25eth0]:1/'), text('höst/ü')]),
  ).toString(chance.below(2) === 0 ? 'utf8' : 'latin1');
  const parsed = parseUrl(input);
  if ('code' in parsed) {
    expect(parsed.code).toBe('TICKPEER_INVALID_URL');
    return;
  }
  expect(parsed.target).toMatch(/^\/[\x21-\x7e]*$/);
  expect(parsed.port).toBeGreaterThanOrEqual(1);
  expect(parsed.port).toBeLessThanOrEqual(65_535);
});

// ------------------------------------------------------------------ certificates and keys

const key = new Crypto().generateEc();
const certificate = await new Crypto().generateSelfSignedCertificate(key);
const PEM = [text(key.saveToString()), text(certificate.saveToString()), text('-----BEGIN CERTIFICATE-----\n')];

fuzz(
  'certificates and keys in PEM',
  (chance) => {
    const input = Buffer.from(mutate(chance, PEM)).toString('latin1');
    expect([ErrorCode.OK, ErrorCode.FAILED]).toContain(new X509Certificate().loadFromString(input));
    expect([ErrorCode.OK, ErrorCode.FAILED]).toContain(new CryptoKey().loadFromString(input));
  },
  Math.ceil(INPUTS / 4),
);

// ------------------------------------------------------------------ a whole peer

fuzz(
  'a whole server’s end, handshake and frames',
  (chance) => {
    const [raw, stream] = StreamPeerMemory.pair();
    const peer = new WebSocketPeer({ inboundBufferSize: 400, maxQueuedPackets: 5 });
    peer.acceptStream(stream);
    const input = mutate(chance, [REQUEST, ...validFrames('server')]);
    const bytes = chance.below(2) === 0 ? Buffer.concat([REQUEST, input]) : input;
    for (const piece of cut(chance, bytes)) {
      raw.putData(piece);
      if (chance.below(3) === 0) peer.poll();
      if (chance.below(3) === 0) peer.getPacket();
    }
    raw.end();
    for (let polls = 0; polls < 400 && peer.getReadyState() !== State.STATE_CLOSED; polls++) {
      peer.poll();
      peer.getPacket();
      expect(peer.getAvailablePacketCount()).toBeLessThanOrEqual(5);
    }
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  },
  Math.ceil(INPUTS / 2),
);
