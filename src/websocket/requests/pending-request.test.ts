import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type HandshakeRequest, readHandshakeRequest } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { ServerOpening } from '../session/server-opening.ts';
import { PendingRequest } from './pending-request.ts';

const UPGRADE = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
const FAILURE: Failure = { code: 'TICKPEER_INVALID_HEADER', message: 'no' };

function make({ host = 'game.test:8080', target = '/a?b=c', scheme = 'ws', lines = [] as readonly string[] } = {}) {
  const head = [`GET ${target} HTTP/1.1`, 'Host: a', ...UPGRADE, ...lines];
  const request: HandshakeRequest = { ...readHandshakeRequest(`${head.join('\r\n')}\r\n\r\n`), host };
  const calls: unknown[] = [];
  /** The opening's part: what it returns, and whether the request still waits afterwards. */
  const opening = {
    scheme,
    carrier: null,
    askedRequest: request as HandshakeRequest | null,
    result: null as Failure | null,
    waitsAfter: false,
    acceptAsked(options: unknown): Failure | null {
      calls.push(['accept', options]);
      if (!opening.waitsAfter) opening.askedRequest = null;
      return opening.result;
    },
    rejectAsked(status: number, options: unknown): Failure | null {
      calls.push(['reject', status, options]);
      if (!opening.waitsAfter) opening.askedRequest = null;
      return opening.result;
    },
  };
  // No other members are used.
  const pending = new PendingRequest(request, {} as WebSocketPeer, '192.0.2.1', opening as unknown as ServerOpening);
  return { pending, opening, calls };
}

test.each([
  [{}, 'ws://game.test:8080/a?b=c'],
  [{ scheme: 'wss', host: 'game.test' }, 'wss://game.test/a?b=c'],
  [{ host: '[::1]:80' }, 'ws://[::1]/a?b=c'],
  [{ host: 'a b' }, 'ws://localhost/a?b=c'],
  [{ host: '' }, 'ws://localhost/a?b=c'],
])('the URL of %j is %s', (parts, expected) => {
  const { pending } = make(parts);
  expect(pending.url.href).toBe(expected);
  expect(pending.url).toBe(pending.url);
});

test('cookies of all lines are there, of several with one name the first', () => {
  const { pending } = make({ lines: ['Cookie: a=1; b=%20', 'Cookie: a=2'] });
  expect([...pending.cookies]).toEqual([
    ['a', '1'],
    ['b', '%20'],
  ]);
  expect(pending.cookies).toBe(pending.cookies);
  expect(make().pending.cookies.size).toBe(0);
});

test('without TLS there is no certificate', () => {
  expect(make().pending.clientCertificate).toBeNull();
});

test('the decision reaches the opening, and then the request no longer waits', () => {
  const accepted = make();
  expect(accepted.pending.isWaiting).toBe(true);
  expect(accepted.pending.accept({ protocol: 'a' })).toBe(ErrorCode.OK);
  expect([accepted.pending.isWaiting, accepted.pending.getLastFailure()]).toEqual([false, null]);
  expect(accepted.calls).toEqual([['accept', { protocol: 'a' }]]);
  const rejected = make();
  expect(rejected.pending.reject(404, { body: 'None.' })).toBe(ErrorCode.OK);
  expect(rejected.calls).toEqual([['reject', 404, { body: 'None.' }]]);
});

test.each(['accept', 'reject'] as const)('%s tells three failures apart', (way) => {
  const { pending, opening } = make();
  const decide = (): ErrorCode => (way === 'accept' ? pending.accept() : pending.reject(403));
  opening.result = FAILURE;
  opening.waitsAfter = true;
  expect([decide(), pending.isWaiting]).toEqual([ErrorCode.ERR_INVALID_PARAMETER, true]);
  opening.waitsAfter = false;
  expect([decide(), pending.isWaiting]).toEqual([ErrorCode.FAILED, false]);
  expect(decide()).toBe(ErrorCode.ERR_UNAVAILABLE);
  expect(pending.getLastFailure()).toBe(FAILURE);
});

test('a call that succeeds clears the failure of the one before', () => {
  const { pending, opening } = make();
  opening.result = FAILURE;
  opening.waitsAfter = true;
  pending.accept();
  opening.result = null;
  pending.accept();
  expect(pending.getLastFailure()).toBeNull();
});
