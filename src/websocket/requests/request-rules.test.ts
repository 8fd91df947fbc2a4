import { describe, expect, test } from 'vitest';
import { type HandshakeRequest, readHandshakeRequest } from '../../protocol/index.ts';
import {
  describeOrigins,
  overloaded,
  type RequestRules,
  requestRule,
  slowest,
  tooManyFromAddress,
  undecided,
} from './request-rules.ts';

const ALL: RequestRules = { path: null, allowedOrigins: '*', allowedHosts: '*' };

function request(target = '/', origin: string | null = null, host = 'game.test'): HandshakeRequest {
  const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade'];
  lines.push('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==');
  if (origin !== null) lines.push(`Origin: ${origin}`);
  return readHandshakeRequest(`${lines.join('\r\n')}\r\n\r\n`);
}

test('without rules every request is accepted', () => {
  const judge = requestRule(ALL);
  expect(judge(request(), false)).toBe(null);
  expect(judge(request('/any', 'https://evil.test', 'other.test'), false)).toBe(null);
});

describe('the path', () => {
  test.each(['/game', '/game?room=1', '/game?'])('%s has the path /game', (target) => {
    expect(requestRule({ ...ALL, path: '/game' })(request(target), false)).toBe(null);
  });

  test.each(['/', '/game/', '/Game', '/games', '/gam'])('%s gets 404', (target) => {
    const refusal = requestRule({ ...ALL, path: '/game' })(request(target), false);
    expect(refusal).toEqual({ status: 404, body: `There is no WebSocket at ${target}.` });
  });
});

test('a host that is not allowed gets 403', () => {
  const judge = requestRule({ ...ALL, allowedHosts: ['game.test'] });
  expect(judge(request(), false)).toBe(null);
  expect(judge(request('/', null, 'other.test'), false)).toEqual({
    status: 403,
    body: 'This server does not serve the host other.test: it is not in allowedHosts.',
  });
});

describe('the origin', () => {
  const judge = requestRule({ ...ALL, allowedOrigins: 'same-origin' });

  test('a request without an origin is accepted', () => {
    expect(judge(request(), false)).toBe(null);
  });

  test('another one gets 403, and the allowed origins are only in the report', () => {
    expect(judge(request('/', 'http://game.test'), false)).toBe(null);
    const body = 'Pages of the origin http://evil.test may not connect to game.test';
    expect(judge(request('/', 'http://evil.test'), false)).toEqual({
      status: 403,
      body: `${body}.`,
      report: `${body}: allowedOrigins is 'same-origin'.`,
    });
  });

  test('over TLS that ends here, a page without TLS has another origin', () => {
    expect(judge(request('/', 'http://game.test'), true)).toMatchObject({ status: 403 });
    expect(judge(request('/', 'https://game.test'), true)).toBe(null);
  });
});

test('the path is checked before the host, and the host before the origin', () => {
  const judge = requestRule({ path: '/game', allowedHosts: ['game.test'], allowedOrigins: 'same-origin' });
  const bodies = ['/', '/game'].map((path) => judge(request(path, 'http://evil.test', 'other.test'), false)?.body);
  expect(bodies).toEqual(['There is no WebSocket at /.', expect.stringContaining('allowedHosts')]);
});

test('invalid rules throw', () => {
  expect(() => requestRule({ ...ALL, allowedHosts: [] })).toThrow(RangeError);
  expect(() => requestRule({ ...ALL, allowedOrigins: ['game.test'] })).toThrow(RangeError);
  expect(() => requestRule({ ...ALL, allowedOrigins: 'game.test' as '*' })).toThrow(TypeError);
});

test('the refusal for a limit has its name and value', () => {
  expect(overloaded(3)).toMatchObject({ status: 503, limit: { limit: 'maxConnections', value: 3 } });
  expect(slowest(4)).toMatchObject({ status: 503, limit: { limit: 'maxPendingHandshakes', value: 4 } });
  expect(undecided(5)).toMatchObject({ status: 503, limit: { limit: 'maxPendingRequests', value: 5 } });
  expect(tooManyFromAddress(6)).toMatchObject({ status: 429, limit: { limit: 'maxConnectionsPerAddress', value: 6 } });
});

test.each([
  [0, '[]'],
  [1, "['https://0.test']"],
  [5, "['https://0.test', 'https://1.test', 'https://2.test', 'https://3.test', 'https://4.test']"],
  [6, "['https://0.test', 'https://1.test', 'https://2.test', 'https://3.test', 'https://4.test', 1 more]"],
])('of %i origins the first five are shown', (count, text) => {
  expect(describeOrigins(Array.from({ length: count }, (_, n) => `https://${n}.test`))).toBe(text);
});
