import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { type MemoryPairOptions, StreamPeerMemory, type StreamSink } from '../../stream/index.ts';
import { readProxy } from '../settings/proxy-options.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';

const OK = 'HTTP/1.1 200 OK\r\n\r\n';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** What a tunnel's owner hears, as text. */
class Listener implements StreamSink {
  events: string[] = [];
  data = '';
  failure: Failure | null = null;
  onOpen: () => void = () => {};

  onStreamOpen(): void {
    this.events.push('open');
    this.onOpen();
  }
  onStreamData(chunk: Uint8Array): void {
    this.data += Buffer.from(chunk).toString('latin1');
  }
  onStreamDrain(): void {
    this.events.push('drain');
  }
  onStreamEnd(): void {
    this.events.push('end');
  }
  onStreamFailure(failure: Failure): void {
    this.events.push(failure.code);
    this.failure = failure;
  }
}

interface Options extends MemoryPairOptions {
  readonly url?: string;
  readonly headers?: readonly string[];
  readonly host?: string;
  readonly maxHeadSize?: number;
  readonly maxHeaders?: number;
}

/** A tunnel, whose proxy is made of raw bytes. */
function begin({ url = 'http://u:topsecret@proxy.example:3128', host = 'game.example', ...options }: Options = {}): {
  tunnel: ProxyTunnel;
  raw: StreamPeerMemory;
  clock: FakeClock;
  listener: Listener;
  /** What the proxy has got so far. */
  sent: () => string;
  answer: (text: string) => void;
} {
  const { headers = [], maxHeadSize = 16_384, maxHeaders = 128, ...pair } = options;
  const clock = new FakeClock();
  const [raw, below] = StreamPeerMemory.pair(pair);
  const proxy = readProxy({ url, headers });
  if (isFailure(proxy)) throw new Error(proxy.message);
  const limits = { maxHeadSize, maxHeaders };
  const tunnel = new ProxyTunnel(below, { proxy, target: { host, port: 8080 }, limits, timeLimit: 30_000, clock });
  const listener = new Listener();
  tunnel.setSink(listener);
  let got = '';
  const sent = (): string => {
    tunnel.poll();
    got += Buffer.from(raw.getPartialData(1 << 16)[1]).toString('latin1');
    return got;
  };
  const answer = (text: string): void => {
    raw.putData(bytes(text));
    tunnel.poll();
  };
  return { tunnel, raw, clock, listener, sent, answer };
}

describe('the request', () => {
  const credentials = `Proxy-Authorization: Basic ${Buffer.from('u:topsecret').toString('base64')}`;

  test.each<[string, Options, string]>([
    ['a name', {}, `CONNECT game.example:8080 HTTP/1.1\r\nHost: game.example:8080\r\n${credentials}\r\n\r\n`],
    [
      'without credentials',
      { url: 'http://proxy.example' },
      'CONNECT game.example:8080 HTTP/1.1\r\nHost: game.example:8080\r\n\r\n',
    ],
    [
      'an IPv6 address',
      { url: 'http://h', host: '2001:db8::1' },
      'CONNECT [2001:db8::1]:8080 HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n',
    ],
    [
      'an IPv6 address with a zone, which is ours alone',
      { url: 'http://h', host: 'fe80::1%eth0' },
      'CONNECT [fe80::1]:8080 HTTP/1.1\r\nHost: [fe80::1]:8080\r\n\r\n',
    ],
    [
      'further headers',
      { url: 'http://h', headers: ['X-One:  1', 'Proxy-Authorization: Bearer t'] },
      'CONNECT game.example:8080 HTTP/1.1\r\nHost: game.example:8080\r\nX-One: 1\r\nProxy-Authorization: Bearer t\r\n\r\n',
    ],
  ])('%s', (_name, options, request) => {
    const { sent } = begin(options);
    expect(sent()).toBe(request);
  });
});

describe('responses that open the tunnel', () => {
  test.each([
    OK,
    'HTTP/1.0 200 Connection established\r\n\r\n',
    'HTTP/1.1 200\r\n\r\n',
    'HTTP/1.1 204 No Content\r\nVia: 1.1 x\r\nDate: now\r\n\r\n',
    'HTTP/1.1 299 Ä\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    `HTTP/1.1 100 Continue\r\n\r\n${OK}`,
    `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(8)}${OK}`,
  ])('%j, cut anywhere, bytes right behind it', (head) => {
    const all = `${head}behind`;
    for (let cut = 0; cut <= all.length; cut++) {
      const { listener, answer } = begin();
      answer(all.slice(0, cut));
      expect(listener.events).toEqual(cut < head.length ? [] : ['open']);
      answer(all.slice(cut));
      expect([listener.events, listener.data]).toEqual([['open'], 'behind']);
    }
    const { listener, answer } = begin({ chunkSize: 1 });
    answer(all);
    expect([listener.events, listener.data]).toEqual([['open'], 'behind']);
  });

  test('after that bytes pass in both directions, and so does the end', () => {
    const { tunnel, raw, listener, sent, answer } = begin();
    tunnel.write(bytes('too early'));
    answer(OK);
    const before = sent();
    expect(before).not.toContain('too early');
    tunnel.write(bytes('one'));
    tunnel.writeAll([bytes('two'), bytes('three')]);
    expect(sent()).toBe(`${before}onetwothree`);
    answer('back');
    expect(listener.data).toBe('back');
    raw.end();
    tunnel.poll();
    expect(listener.events).toEqual(['open', 'end']);
    tunnel.write(bytes('four'));
    expect(sent()).toBe(`${before}onetwothreefour`);
  });

  test('bytes wait until another sink is set', () => {
    const { tunnel, listener, answer } = begin();
    tunnel.setSink(null);
    answer(`${OK}behind`);
    expect(tunnel.getAvailableBytes()).toBe(6);
    tunnel.setSink(listener);
    expect([listener.events, listener.data]).toEqual([['open'], 'behind']);
  });

  test('a sink that drops the stream in onStreamOpen gets no more events', () => {
    const { tunnel, listener, answer } = begin();
    listener.onOpen = () => tunnel.destroy();
    answer(`${OK}behind`);
    expect([listener.events, listener.data]).toEqual([['open'], '']);
  });

  test('a sink that is set in onStreamOpen gets the bytes after the response', () => {
    const { tunnel, listener, answer } = begin();
    const other = new Listener();
    listener.onOpen = () => tunnel.setSink(other);
    answer(`${OK}behind`);
    expect([listener.data, other.events, other.data]).toEqual(['', ['open'], 'behind']);
  });

  test('the time limit has no effect once it is open', () => {
    const { tunnel, clock, listener, answer } = begin();
    answer(OK);
    clock.advance(1e6);
    expect(tunnel.poll()).toBe(ErrorCode.OK);
    expect(listener.events).toEqual(['open']);
  });

  test('a reset keeps its failure', () => {
    const { raw, listener, answer } = begin();
    answer(OK);
    raw.breakBoth();
    expect(listener.events).toEqual(['open', 'TICKPEER_CONNECTION_RESET']);
  });

  test('unsent bytes are counted, and a drain is reported', () => {
    const { tunnel, raw, listener, answer, sent } = begin({ capacity: 200 });
    answer(OK);
    sent();
    raw.pauseReading();
    tunnel.write(new Uint8Array(300));
    expect(tunnel.getUnsentBytes()).toBe(100);
    raw.resumeReading();
    tunnel.poll();
    expect([tunnel.getUnsentBytes(), listener.events]).toEqual([0, ['open', 'drain']]);
  });

  test('reading can be paused', () => {
    const { tunnel, listener, answer } = begin();
    answer(OK);
    tunnel.pauseReading();
    answer('later');
    expect(listener.data).toBe('');
    tunnel.resumeReading();
    tunnel.poll();
    expect(listener.data).toBe('later');
  });
});

describe('responses that do not open it', () => {
  test.each<[string, string, string]>([
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'TICKPEER_PROXY_STATUS', '403 Forbidden'],
    ['HTTP/1.1 502\r\nContent-Length: 3\r\n\r\nbad', 'TICKPEER_PROXY_STATUS', 'responded with 502'],
    ['HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n', 'TICKPEER_PROXY_STATUS', '301 Moved'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'TICKPEER_PROXY_STATUS', '101'],
    [`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)}${OK}`, 'TICKPEER_PROXY_STATUS', '100 Continue'],
    [
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n',
      'TICKPEER_PROXY_AUTHENTICATION',
      '407 Proxy Authentication Required; wanted: "Basic realm=\\"x\\""; given: credentials that it refused',
    ],
    ['HTTP/1.1 407\r\n\r\n', 'TICKPEER_PROXY_AUTHENTICATION', '407; wanted: ""'],
    ['SSH-2.0-OpenSSH\r\n\r\n', 'TICKPEER_PROXY_MALFORMED', 'SSH-2.0-OpenSSH'],
    ['\x16\x03\x01', 'TICKPEER_PROXY_MALFORMED', 'seems to speak TLS'],
    ['\x05\x00', 'TICKPEER_PROXY_MALFORMED', '0x05'],
    ['HTTP/1.1 200 OK\n\n', 'TICKPEER_PROXY_MALFORMED', 'CR LF'],
    ['HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'TICKPEER_PROXY_MALFORMED', 'no ":"'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'TICKPEER_PROXY_MALFORMED', '2000'],
    ['HTTP/1.1 099 OK\r\n\r\n', 'TICKPEER_PROXY_MALFORMED', '099'],
  ])('%j, cut anywhere', (text, code, words) => {
    for (let cut = 0; cut <= text.length; cut++) {
      const { tunnel, listener, answer } = begin();
      answer(text.slice(0, cut));
      answer(text.slice(cut));
      expect(listener.events).toEqual([code]);
      expect(listener.failure?.message).toContain(
        'no tunnel through the proxy proxy.example:3128 to game.example:8080: ',
      );
      expect(listener.failure?.message).toContain(words);
      expect(listener.failure?.message).not.toContain('topsecret');
      expect(tunnel.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    }
  });

  test('the failure of a 407 says when no credentials were given', () => {
    const { listener, answer } = begin({ url: 'http://h' });
    answer('HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n');
    expect(listener.failure?.message).toMatch(/407 No; wanted: "Negotiate, NTLM"; given: none$/);
  });

  test.each([
    [-1, ['TICKPEER_PROXY_TOO_LARGE']],
    [0, ['open']],
    [1, ['open']],
  ])('a head and maxHeadSize %i beyond it', (more, events) => {
    const head = 'HTTP/1.1 200 OK\r\nX: yyyy\r\n\r\n';
    const { listener, answer } = begin({ maxHeadSize: head.length + more });
    answer(head);
    expect(listener.events).toEqual(events);
  });

  test.each([
    [2, ['TICKPEER_PROXY_TOO_LARGE']],
    [3, ['open']],
    [4, ['open']],
  ])('three headers where %i are allowed', (maxHeaders, events) => {
    const { listener, answer } = begin({ maxHeaders });
    answer('HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n');
    expect(listener.events).toEqual(events);
  });

  test.each(['', 'HTTP/1.1 20', 'HTTP/1.1 200 OK\r\n'])('%j and then the end', (text) => {
    const { tunnel, raw, listener, answer } = begin();
    answer(text);
    raw.end();
    tunnel.poll();
    expect(listener.events).toEqual(['TICKPEER_PROXY_LOST']);
  });

  test('a reset', () => {
    const { raw, listener } = begin();
    raw.breakBoth();
    expect(listener.events).toEqual(['TICKPEER_PROXY_LOST']);
  });

  test.each(['', 'HTTP/1.1 20'])('%j and then silence', (text) => {
    const { tunnel, clock, listener, answer } = begin();
    answer(text);
    clock.advance(29_999);
    tunnel.poll();
    expect(listener.events).toEqual([]);
    clock.advance(1);
    expect(tunnel.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
    expect(listener.events).toEqual(['TICKPEER_PROXY_TIMEOUT']);
    expect(listener.failure?.message).toMatch(/within connectTimeLimit, 30 s: it has not responded$/);
  });

  test('TLS to a proxy that does not speak it', async () => {
    const { tunnel, listener, answer } = begin({ url: 'https://proxy.example' });
    answer('HTTP/1.1 400 Bad Request\r\n\r\n');
    await until(() => {
      tunnel.poll();
      return listener.events.length > 0;
    });
    expect(listener.events).toEqual(['TICKPEER_PROXY_TLS']);
    expect(listener.failure?.message).toContain('does not speak TLS');
  });
});

describe('ending it', () => {
  test.each(['destroy', 'linger'] as const)('%s before it is open ends the stream below', (how) => {
    const { tunnel, raw, listener, answer } = begin();
    tunnel[how](1000);
    answer(OK);
    expect(listener.events).toEqual([]);
    raw.poll();
    expect(raw.getPartialData(1 << 16)[1].length).toBeGreaterThan(0);
    expect(raw.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
  });

  test('linger() once it is open still sends the last bytes', () => {
    const { tunnel, raw, listener, answer, sent } = begin();
    answer(OK);
    tunnel.write(bytes('last words'));
    tunnel.linger(1000);
    expect(sent()).toMatch(/last words$/);
    expect(raw.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
    expect(listener.events).toEqual(['open']);
  });

  test('end() leaves the other direction open', () => {
    const { tunnel, raw, listener, answer, sent } = begin();
    answer(OK);
    sent();
    tunnel.end();
    tunnel.poll();
    expect(raw.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
    answer('still');
    expect(listener.data).toBe('still');
  });
});
