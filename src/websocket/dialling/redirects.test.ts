import { describe, expect, test } from 'vitest';
import { HttpHeaders, type ParsedUrl, parseUrl } from '../../protocol/index.ts';
import { type Hop, Redirects } from './redirects.ts';

const HEADERS = ['Authorization: Bearer t', 'cookie: a=b', 'Proxy-Authorization: x', 'HOST: h', 'Origin: o', 'X-Y: z'];

function parse(url: string): ParsedUrl {
  const parsed = parseUrl(url);
  if ('code' in parsed) throw new Error(parsed.message);
  return parsed;
}

function start(url: string, most = 20, headers: readonly string[] = HEADERS): Redirects {
  return new Redirects({ url: parse(url), headers }, most);
}

function location(...values: string[]): HttpHeaders {
  return new HttpHeaders(values.map((value) => ['Location', value]));
}

/** The next hop's URL, without credentials; null; or a failure's code. */
function shown(outcome: Hop | object | null): string | null {
  if (outcome === null) return null;
  if (!('url' in outcome)) return String(Reflect.get(outcome, 'code'));
  // What has a URL is a hop.
  const { url } = outcome as Hop;
  return `${url.secure ? 'wss' : 'ws'}://${url.host}:${url.port}${url.target}`;
}

describe('a Location', () => {
  test.each<[string, string, string]>([
    // What was asked, the Location, what comes next.
    ['ws://a/x', 'ws://b/y', 'ws://b:80/y'],
    ['ws://a/x', 'wss://b/y', 'wss://b:443/y'],
    ['ws://a/x', 'http://b/y', 'ws://b:80/y'],
    ['ws://a/x', 'https://b/y', 'wss://b:443/y'],
    ['wss://a/x', 'https://b:8443/y?z', 'wss://b:8443/y?z'],
    ['wss://a/x', 'wss://b', 'wss://b:443/'],
    ['wss://a/x', 'HTTPS://B/Y', 'wss://b:443/Y'],
    ['ws://a:8080/x', 'http://b:80/', 'ws://b:80/'],
    ['ws://a:8080/x/y?q', '/z', 'ws://a:8080/z'],
    ['ws://a:8080/x/y?q', 'z', 'ws://a:8080/x/z'],
    ['ws://a:8080/x/y?q', '../z', 'ws://a:8080/z'],
    ['ws://a:8080/x/y?q', './', 'ws://a:8080/x/'],
    ['ws://a:8080/x/y?q', '?r', 'ws://a:8080/x/y?r'],
    ['ws://a:8080/x?q', '/x', 'ws://a:8080/x'],
    ['wss://a/x', '//b/y', 'wss://b:443/y'],
    ['ws://a/x', '//b:81/y', 'ws://b:81/y'],
    ['ws://a/x', '\\\\b/y', 'ws://b:80/y'],
    ['ws://a/x', '/y#fragment', 'ws://a:80/y'],
    ['ws://a/x', '/y z', 'ws://a:80/y%20z'],
    ['ws://a/x', '/%41%zz', 'ws://a:80/%41%zz'],
    ['ws://a/x', '/\xc3\xa9', 'ws://a:80/%C3%A9'],
    ['ws://a/x', '/\xe9', 'ws://a:80/%E9'],
    ['ws://a/x', 'ws://b\xc3\xbccher.example/', 'ws://xn--bcher-kva.example:80/'],
    ['ws://[::1]:1/x', '/y', 'ws://::1:1/y'],
    ['ws://[fe80::1%25eth0]:1/x', '/y', 'ws://fe80::1%eth0:1/y'],
    ['ws://bücher.example/x', '/y', 'ws://bücher.example:80/y'],
    ['ws://a/x', 'ws://[2001:DB8:0::1]:1/y', 'ws://2001:db8::1:1/y'],
    ['wss://a/x', 'ws://b/', 'TICKPEER_REDIRECT_INSECURE'],
    ['wss://a/x', 'http://a/x', 'TICKPEER_REDIRECT_INSECURE'],
    ['wss://a/x', 'http://a:443/y', 'TICKPEER_REDIRECT_INSECURE'],
    ['ws://a/x', '/x', 'TICKPEER_REDIRECT_LOOP'],
    ['ws://a/x', 'http://A:80/x#y', 'TICKPEER_REDIRECT_LOOP'],
    ['ws://a/x', '#y', 'TICKPEER_REDIRECT_LOOP'],
    ['ws://a/x', '', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ftp://b/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'javascript:alert(1)', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'unix:/tmp/socket', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://b:0/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://b:65536/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://b:x/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://[::1/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', 'ws://u:topsecret@b/', 'TICKPEER_REDIRECT_LOCATION'],
    ['ws://a/x', '//u@b/', 'TICKPEER_REDIRECT_LOCATION'],
  ])('%s and %j: %s', (from, to, next) => {
    const outcome = start(from).follow(302, location(to));
    expect(shown(outcome)).toBe(next);
    expect(JSON.stringify(outcome)).not.toContain('topsecret');
  });

  test('is missing, or is there twice', () => {
    expect(shown(start('ws://a/x').follow(302, new HttpHeaders()))).toBe('TICKPEER_REDIRECT_LOCATION');
    expect(shown(start('ws://a/x').follow(302, location('/y', '/y')))).toBe('TICKPEER_REDIRECT_LOCATION');
  });

  test.each([301, 302, 303, 307, 308])('is used with %i', (status) => {
    expect(shown(start('ws://a/x').follow(status, location('/y')))).toBe('ws://a:80/y');
  });

  test.each([200, 201, 300, 304, 305, 306, 309, 400, 401, 404, 503])('is ignored with %i', (status) => {
    expect(start('ws://a/x').follow(status, location('/y'))).toBe(null);
  });

  test('can name any server that our own URLs can name', () => {
    // WHATWG's URLs know hosts less well than ours do: then nothing can be resolved against them.
    expect(shown(start('ws://1.2.3.999/x').follow(302, location('/y')))).toBe('TICKPEER_REDIRECT_LOCATION');
  });
});

describe('credentials', () => {
  test.each<[string, string, boolean]>([
    ['ws://u:p@a/x', '/y', true],
    ['ws://u:p@a/x', 'http://A:80/y', true],
    ['wss://u:p@a/x', 'https://a/y', true],
    ['ws://u:p@a/x', 'ws://b/y', false],
    ['ws://u:p@a/x', 'ws://a:81/y', false],
    ['ws://u:p@a/x', 'wss://a/y', false],
    ['ws://u:p@a:443/x', 'wss://a/y', false],
    ['ws://u:p@a/x', 'ws://sub.a/y', false],
    ['ws://u:p@a/x', 'ws://a./y', false],
  ])('%s and %s: kept? %s', (from, to, isKept) => {
    const hop = start(from).follow(302, location(to));
    if (hop === null || 'code' in hop) throw new Error(`no hop: ${shown(hop)}`);
    expect(hop.url.authorization).toEqual(isKept ? { user: 'u', password: 'p' } : null);
    expect(hop.headers).toEqual(isKept ? HEADERS : ['Origin: o', 'X-Y: z']);
  });

  test('that were dropped are not sent again to the first server', () => {
    const redirects = start('ws://u:p@a/x');
    expect(shown(redirects.follow(302, location('ws://b/')))).toBe('ws://b:80/');
    expect(redirects.follow(302, location('ws://a/y'))).toMatchObject({
      url: { host: 'a', authorization: null },
      headers: ['Origin: o', 'X-Y: z'],
    });
  });
});

describe('the number of redirects', () => {
  test.each([1, 2, 20])('at most %i', (most) => {
    const redirects = start('ws://a/0', most);
    for (let hop = 1; hop <= most; hop++) {
      expect(shown(redirects.follow(302, location(`/${hop}`)))).toBe(`ws://a:80/${hop}`);
    }
    expect(redirects.follow(307, location('/more'))).toEqual({
      code: 'TICKPEER_REDIRECT_LIMIT',
      message: `The server at a answered 307, a redirect: maxRedirects, ${most}, were followed, and ws://a/more is one more.`,
    });
  });

  test('a loop over several servers', () => {
    const redirects = start('ws://a/x');
    expect(shown(redirects.follow(302, location('/y')))).toBe('ws://a:80/y');
    expect(shown(redirects.follow(302, location('wss://b/')))).toBe('wss://b:443/');
    expect(shown(redirects.follow(302, location('wss://a/y')))).toBe('wss://a:443/y');
    expect(shown(redirects.follow(302, location('//b')))).toBe('TICKPEER_REDIRECT_LOOP');
  });
});
