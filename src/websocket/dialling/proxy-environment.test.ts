import { describe, expect, test } from 'vitest';
import { hostAndPort } from '../settings/proxy-options.ts';
import { type Environment, environmentProxy, isExempt, proxyFor } from './proxy-environment.ts';

const SERVER = { secure: false, host: 'game.example', port: 80 };
const SECURE = { secure: true, host: 'game.example', port: 443 };

/** The proxy as `host:port`, null, or a failure's message. */
function found(target: typeof SERVER, environment: Environment): string | null {
  const proxy = environmentProxy(target, environment);
  if (proxy === null) return null;
  return 'code' in proxy ? `${proxy.code}: ${proxy.message}` : hostAndPort(proxy);
}

describe('the variable that is used', () => {
  const all = {
    http_proxy: 'http://a:1',
    HTTP_PROXY: 'http://b:2',
    https_proxy: 'http://c:3',
    HTTPS_PROXY: 'http://d:4',
    all_proxy: 'http://e:5',
    ALL_PROXY: 'http://f:6',
  };
  const without = (...names: string[]): Environment =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

  test.each<[string, Environment, string | null, string | null]>([
    ['none', {}, null, null],
    ['all', all, 'a:1', 'c:3'],
    ['only upper case', without('http_proxy', 'https_proxy', 'all_proxy'), 'b:2', 'd:4'],
    ['all_proxy', { all_proxy: 'e:5', ALL_PROXY: 'f:6' }, 'e:5', 'e:5'],
    ['ALL_PROXY', { ALL_PROXY: 'f:6' }, 'f:6', 'f:6'],
    ['only HTTP_PROXY', { HTTP_PROXY: 'b:2' }, 'b:2', null],
    ['only HTTPS_PROXY', { HTTPS_PROXY: 'd:4' }, null, 'd:4'],
    ['empty ones', { http_proxy: '', HTTP_PROXY: ' ', https_proxy: '', all_proxy: '', ALL_PROXY: 'f:6' }, 'f:6', 'f:6'],
    ['spaces around', { ALL_PROXY: ' http://f:6 ' }, 'f:6', 'f:6'],
    ['a CGI program', { ...without('http_proxy'), REQUEST_METHOD: 'GET' }, 'e:5', 'c:3'],
    ['a CGI program with lower case', { ...all, REQUEST_METHOD: '' }, 'a:1', 'c:3'],
    ['ws_proxy is unknown', { ws_proxy: 'g:7', wss_proxy: 'g:7' }, null, null],
  ])('%s', (_name, environment, plain, secure) => {
    expect(found(SERVER, environment)).toBe(plain);
    expect(found(SECURE, environment)).toBe(secure);
  });

  test('credentials are those of the variable’s URL', () => {
    expect(environmentProxy(SERVER, { http_proxy: 'https://u:p@host' })).toMatchObject({
      secure: true,
      host: 'host',
      port: 443,
      credentials: { user: 'u', password: 'p' },
    });
  });

  test.each(['socks5://u:topsecret@host:1080', 'http://u:topsecret@host:0', 'http://u:topsecret@host/x'])(
    '%s cannot be used',
    (url) => {
      const message = found(SERVER, { http_proxy: url });
      expect(message).toContain('TICKPEER_INVALID_PROXY: The environment variable http_proxy: ');
      expect(message).not.toContain('topsecret');
      expect(found(SECURE, { http_proxy: url })).toBe(null);
      expect(found(SERVER, { http_proxy: url, no_proxy: '*' })).toBe(null);
    },
  );

  test('no_proxy has precedence over NO_PROXY', () => {
    const proxies = { http_proxy: 'a:1' };
    expect(found(SERVER, { ...proxies, no_proxy: 'other', NO_PROXY: '*' })).toBe('a:1');
    expect(found(SERVER, { ...proxies, no_proxy: '', NO_PROXY: '*' })).toBe(null);
    expect(found(SERVER, { ...proxies, no_proxy: 'game.example' })).toBe(null);
  });

  test.each([
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1',
    '127.255.0.9',
    '127.1',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('%s is on this machine', (host) => {
    expect(found({ ...SERVER, host }, { all_proxy: 'e:5' })).toBe(null);
  });

  test.each(['localhost.example', 'mylocalhost', '128.0.0.1', '0.0.0.0', '::2', '10.0.0.1'])(
    '%s is another machine',
    (host) => {
      expect(found({ ...SERVER, host }, { all_proxy: 'e:5' })).toBe('e:5');
    },
  );
});

describe('NO_PROXY', () => {
  test.each<[string, string, boolean]>([
    // The list, the server, whether it is reached directly.
    ['*', 'game.example:80', true],
    ['other,*', 'game.example:80', true],
    ['*', '[2001:db8::1]:80', true],
    ['', 'game.example:80', false],
    [' , ,', 'game.example:80', false],
    ['game.example', 'game.example:80', true],
    ['game.example', 'www.game.example:80', true],
    ['game.example', 'mygame.example:80', false],
    ['game.example', 'game.example.org:80', false],
    ['GAME.Example', 'game.example:80', true],
    ['game.example.', 'game.example:80', true],
    ['game.example', 'game.example.:80', true],
    ['example', 'game.example:80', true],
    ['.game.example', 'www.game.example:80', true],
    ['.game.example', 'a.b.game.example:80', true],
    ['.game.example', 'game.example:80', false],
    ['.game.example', 'mygame.example:80', false],
    ['*.game.example', 'www.game.example:80', true],
    ['*.game.example', 'game.example:80', false],
    ['g*.example', 'game.example:80', false],
    ['.', 'game.example:80', false],
    ['bücher.example', 'xn--bcher-kva.example:80', true],
    ['a,game.example,b', 'game.example:80', true],
    ['a game.example\tb', 'game.example:80', true],
    ['a , game.example ', 'game.example:80', true],
    ['game.example:80', 'game.example:80', true],
    ['game.example:80', 'game.example:81', false],
    ['game.example:81,game.example:80', 'game.example:80', true],
    ['.example:80', 'game.example:80', true],
    ['.example:80', 'game.example:443', false],
    ['game.example:x', 'game.example:80', false],
    ['10.0.0.1', '10.0.0.1:80', true],
    ['10.0.0.1', '10.0.0.2:80', false],
    ['10.0.0.1', '210.0.0.1:80', false],
    ['0.0.1', '10.0.0.1:80', false],
    ['.0.0.1', '10.0.0.1:80', false],
    ['10.0.0.1:80', '10.0.0.1:80', true],
    ['10.0.0.1:80', '10.0.0.1:81', false],
    ['10.0.0.1', 'game.example:80', false],
    ['game.example', '10.0.0.1:80', false],
    ['10.0.0.0/8', '10.255.255.255:80', true],
    ['10.0.0.0/8', '11.0.0.0:80', false],
    ['10.1.2.3/8', '10.9.9.9:80', true],
    ['10.0.0.0/31', '10.0.0.1:80', true],
    ['10.0.0.0/31', '10.0.0.2:80', false],
    ['10.0.0.1/32', '10.0.0.1:80', true],
    ['0.0.0.0/0', '10.0.0.1:80', true],
    ['0.0.0.0/0', 'game.example:80', false],
    ['10.0.0.0/33', '10.0.0.1:80', false],
    ['10.0.0.0/', '10.0.0.1:80', false],
    ['10.0.0.0/-1', '10.0.0.1:80', false],
    ['10.0.0.0/8/8', '10.0.0.1:80', false],
    ['10.0.0/8', '10.0.0.1:80', false],
    ['2001:db8::1', '[2001:db8::1]:80', true],
    ['2001:DB8:0:0::1', '[2001:db8::1]:80', true],
    ['2001:db8::1', '[2001:db8::2]:80', false],
    ['[2001:db8::1]', '[2001:db8::1]:80', true],
    ['[2001:db8::1]:80', '[2001:db8::1]:80', true],
    ['[2001:db8::1]:80', '[2001:db8::1]:81', false],
    ['2001:db8::/32', '[2001:db8:ffff::1]:80', true],
    ['2001:db8::/32', '[2001:db9::1]:80', false],
    ['fe80::/10', '[fe80::1%eth0]:80', true],
    ['10.0.0.0/8', '[::ffff:10.0.0.1]:80', true],
  ])('%j and %s: %s', (list, server, isDirect) => {
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(server) ?? [];
    expect(isExempt({ secure: false, host, port: Number(port) }, list)).toBe(isDirect);
  });
});

describe('proxyFor', () => {
  test('null: none', () => {
    expect(proxyFor(SERVER, null)).toBe(null);
  });

  test('an environment that cannot be read is a failure', () => {
    const environment = new Proxy<Environment>(
      {},
      {
        get() {
          throw new Error('Requires env access');
        },
      },
    );
    expect(proxyFor(SERVER, 'environment', environment)).toEqual({
      code: 'TICKPEER_INVALID_PROXY',
      message: 'The environment cannot be read: Requires env access',
    });
  });

  test('a proxy that the program sets is used for every server', () => {
    for (const host of ['game.example', 'localhost', '127.0.0.1']) {
      expect(proxyFor({ ...SERVER, host }, 'http://host:1')).toMatchObject({ host: 'host', port: 1 });
      expect(proxyFor({ ...SERVER, host }, { url: 'http://host:1' })).toMatchObject({ host: 'host', port: 1 });
    }
  });
});
