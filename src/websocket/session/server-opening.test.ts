import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { isFailure } from '../../failure.ts';
import { StreamPeerMemory } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { changed, DEFAULT_SETTINGS } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import { type HandshakeOwner, type PlainAnswer, type Refusal, ServerOpening } from './server-opening.ts';
import { StreamSession } from './stream-session.ts';

const UPGRADE =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const REQUEST = `GET /a?b HTTP/1.1\r\nHost: game.test\r\n${UPGRADE}\r\n`;
const PING = '\x89\x80\0\0\0\0';

interface Decisions {
  readonly verdict?: Refusal | 'ask' | null;
  readonly plain?: PlainAnswer | null;
}

/** An opening with its session, and what it has told its owner. */
function setUp({ verdict = null, plain = null }: Decisions = {}) {
  const [raw, below] = StreamPeerMemory.pair();
  const told: string[] = [];
  const owner: HandshakeOwner = {
    judge: () => verdict,
    answerPlain: () => plain,
    keepEarly: (size) => {
      told.push(`early ${size}`);
      return null;
    },
    onAccepted: () => void told.push('accepted'),
    onHandshakeEnd: (isPlain) => void told.push(isPlain ? 'plain' : 'ended'),
  };
  const opening = ServerOpening.with(DEFAULT_SETTINGS, owner);
  if (isFailure(opening)) throw new Error(opening.message);
  // No other members are used.
  const peer = { wake: () => {} } as unknown as WebSocketPeer;
  const session = new StreamSession(opening, below, { settings: DEFAULT_SETTINGS, clock: new FakeClock(), peer });
  session.start();
  const receive = (text: string): string => {
    raw.putData(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    raw.poll();
    session.poll();
    session.flush();
    raw.poll();
    return Buffer.from(raw.getPartialData(10_000)[1]).toString('latin1');
  };
  return { opening, session, told, receive };
}

test('a request gets a 101', () => {
  const { opening, session, told, receive } = setUp();
  expect(opening.requestedUrl).toBe('');
  expect(receive(REQUEST)).toMatch(/^HTTP\/1\.1 101 /);
  expect([session.state, opening.requestedUrl, opening.request?.path]).toEqual([
    State.STATE_OPEN,
    'ws://game.test/a?b',
    '/a',
  ]);
  expect(told).toEqual([]);
});

test('a refusal is the response, and ends the handshake', () => {
  const { session, told, receive } = setUp({ verdict: { status: 403, body: 'No.' } });
  expect(receive(REQUEST)).toMatch(/^HTTP\/1\.1 403 [\s\S]*No\.$/);
  expect([session.state, told]).toEqual([State.STATE_CLOSED, ['ended']]);
});

test('a request without an upgrade can get a response of the owner’s', () => {
  const { told, receive } = setUp({ plain: { status: 200, body: 'ok' } });
  expect(receive('GET /health HTTP/1.1\r\nHost: game.test\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/);
  expect(told).toEqual(['plain']);
});

test('a request waits for the program, and so do the bytes after it', () => {
  const { opening, session, told, receive } = setUp({ verdict: 'ask' });
  expect(receive(`${REQUEST}${PING}`)).toBe('');
  expect([opening.askedRequest?.target, told]).toEqual(['/a?b', ['early 6']]);
  expect(opening.acceptAsked({})).toBeNull();
  expect(receive('')).toMatch(/^HTTP\/1\.1 101 [\s\S]*\x8a\0$/);
  expect([session.state, opening.askedRequest, told]).toEqual([State.STATE_OPEN, null, ['early 6', 'accepted']]);
  expect(opening.rejectAsked(403, {})).toMatchObject({ code: 'TICKPEER_HANDSHAKE_REFUSED' });
});

test('the program can refuse a request', () => {
  const { opening, told, receive } = setUp({ verdict: 'ask' });
  receive(REQUEST);
  expect(opening.rejectAsked(401, { body: 'Who?' })).toBeNull();
  expect(receive('')).toMatch(/^HTTP\/1\.1 401 [\s\S]*Who\?$/);
  expect(told).toEqual(['ended']);
});

test('reports the limit that a request exceeds', () => {
  const many = setUp();
  many.receive(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(200)}`);
  const long = setUp();
  long.receive(`GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}`);
  const other = setUp();
  other.receive('nonsense\r\n\r\n');
  const limits = [many, long, other].map(({ opening }) => opening.reachedLimit);
  expect(limits).toEqual(['maxHeaders', 'maxHeadSize', null]);
});

test('fails for settings that cannot be written into the response', () => {
  const settings = changed(DEFAULT_SETTINGS, 'handshakeHeaders', ['no colon']);
  expect(ServerOpening.with(settings, null)).toMatchObject({ code: 'TICKPEER_INVALID_HEADER' });
});
