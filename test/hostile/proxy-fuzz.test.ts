import { StreamPeerMemory } from 'tickpeer';
import { expect } from 'vitest';
import { isFailure } from '../../src/failure.ts';
import { HttpHeaders, type ParsedUrl, parseUrl } from '../../src/protocol/index.ts';
import { proxyHeaders } from '../../src/websocket/dialling/proxy-authorization.ts';
import { isExempt } from '../../src/websocket/dialling/proxy-environment.ts';
import { ProxyTunnel } from '../../src/websocket/dialling/proxy-tunnel.ts';
import { Redirects } from '../../src/websocket/dialling/redirects.ts';
import { hostAndPort, readProxy } from '../../src/websocket/settings/proxy-options.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Chance, cut, mutate } from './fuzz.ts';
import { fuzz } from './fuzz-runner.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const target = { secure: true, host: 'game.example', port: 443 };

function mutateText(chance: Chance, valid: readonly string[]): string {
  return Buffer.from(mutate(chance, valid.map(text))).toString(chance.below(2) === 0 ? 'utf8' : 'latin1');
}

fuzz('a proxy’s answers', (chance) => {
  const input = mutate(chance, [
    text('HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n'),
    text('HTTP/1.0 407 No\r\nProxy-Authenticate: Basic\r\n\r\n'),
    text('HTTP/1.1 100 Continue\r\n\r\n'),
    text('behind'),
  ]);
  const outcome = (pieces: readonly Uint8Array[]): string => {
    const proxy = readProxy('http://user:topsecret@proxy.example');
    if (isFailure(proxy)) throw new Error(proxy.message);
    const [raw, below] = StreamPeerMemory.pair();
    const limits = { maxHeadSize: 100, maxHeaders: 4 };
    const tunnel = new ProxyTunnel(below, { proxy, target, limits, timeLimit: 1, clock: new FakeClock() });
    for (const piece of pieces) {
      raw.putData(piece);
      tunnel.poll();
    }
    const failure = tunnel.getLastFailure();
    expect(failure?.message).not.toEqual(expect.stringContaining('topsecret'));
    const [, behind] = tunnel.getPartialData(1000);
    return `${failure?.code} ${Buffer.from(behind).toString('hex')}`;
  };
  expect(outcome(cut(chance, input))).toBe(outcome([input]));
});

fuzz('a proxy’s URL', (chance) => {
  const input = mutateText(chance, ['http://us%40er:p%3Aw@proxy.example:3128/', 'https://[::1%25eth0]:1', 'höst:80']);
  const proxy = readProxy(input);
  if (isFailure(proxy)) return;
  expect(hostAndPort(proxy)).toMatch(/^[\x21-\x7e]+:\d+$/);
  expect(proxy.port).toBeGreaterThanOrEqual(1);
  expect(proxy.port).toBeLessThanOrEqual(65_535);
  for (const line of proxyHeaders(proxy)) expect(line).toMatch(/^Proxy-Authorization: Basic [A-Za-z0-9+/]+=*$/);
});

fuzz('NO_PROXY', (chance) => {
  const list = mutateText(chance, ['example.com, .b.c:80', '10.0.0.0/8,[::1]:1', '2001:db8::/32', '*', '127.0.0.1']);
  const host = chance.pick(['game.example', '10.0.0.1', '2001:db8::1', 'fe80::1%eth0', 'a']);
  const isFound = isExempt({ ...target, host }, list);
  // Each entry is parsed separately.
  const entries = list.split(/[\s,]+/);
  expect(entries.some((entry) => isExempt({ ...target, host }, entry))).toBe(isFound);
});

fuzz('a Location', (chance) => {
  const url = parseUrl(chance.pick(['wss://u:p@a.example/x/y?z', 'ws://u:p@[::1]:8080/', 'ws://u:p@1.2.3.4/x']));
  if ('code' in url) throw new Error(url.message);
  const location = mutateText(chance, ['wss://b.example:8443/path?q#f', '../up', '//[::1]/', 'http://u:p@c/', '?x']);
  const hop = new Redirects({ url, headers: ['Cookie: a'] }, 1).follow(302, new HttpHeaders([['Location', location]]));
  if (hop === null) throw new Error('a redirect was not seen');
  if ('code' in hop) {
    expect(hop.code).toMatch(/^TICKPEER_REDIRECT_(LOCATION|INSECURE|LOOP)$/);
    return;
  }
  expect(hop.url.target).toMatch(/^\/[\x21-\x7e]*$/);
  expect(hop.url.host).toMatch(/^[\x21-\x7e]+$/);
  expect(url.secure && !hop.url.secure).toBe(false);
  const origin = ({ secure, host, port }: ParsedUrl): string => `${secure} ${host} ${port}`;
  const isSame = origin(url) === origin(hop.url);
  expect([hop.url.authorization !== null, hop.headers.length]).toEqual([isSame, isSame ? 1 : 0]);
});
