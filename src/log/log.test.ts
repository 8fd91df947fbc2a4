import { channel } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeIdentity } from '../../test/support/certificates.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { dialPeer, drive, isClosed, ourPair, serve } from '../../test/support/peers.ts';
import { dialRaw } from '../../test/support/raw-tcp.ts';
import type { Failure } from '../failure.ts';
import { TLSOptions } from '../stream/index.ts';
import { logTo as logInBrowser } from './log.browser.ts';
import { type LogLevel, type LogOptions, type LogSink, logTo } from './log.ts';
import { plain } from './log-line.ts';

interface Lines extends LogSink {
  /** Each with its level before it. */
  readonly lines: string[];
}

function newSink(): Lines {
  const lines: string[] = [];
  const at = (level: LogLevel) => (line: string) => void lines.push(`${level} ${line}`);
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What is logged from now on. */
function log(options: LogOptions = {}): { lines: string[]; stop: () => void } {
  const sink = newSink();
  const stop = logTo(sink, options);
  onTestFinished(stop);
  return { lines: sink.lines, stop };
}

/** On a channel of the multiplayer, as it is documented. */
function publish(name: string, message: object): void {
  channel(`tickpeer:multiplayer:${name}`).publish({ multiplayer: {}, id: 7, address: '10.0.0.1', ...message });
}

const FAILURE: Failure = { code: 'TICKPEER_BAD_PACKET', message: 'it is short' };

describe('refused clients are logged', () => {
  const servers = ({ channel }: { channel: string }): boolean => channel !== 'tickpeer:failure';

  test('an origin that is not allowed: the line has the origin and the allowed ones', async () => {
    const { lines } = log({ filter: servers });
    const server = serve();
    const handshakeHeaders = ['Origin: http://localhost:5173'];
    const client = dialPeer(`ws://127.0.0.1:${server.port}/game`, { handshakeHeaders });
    await drive([client, server], () => isClosed(client));
    const [refused, wasRefused, ...more] = lines;
    expect(refused).toBe(
      `warn tickpeer: server refused with 403: 127.0.0.1 for ws://127.0.0.1:${server.port}/game: The request was refused ` +
        `with 403 Forbidden: Pages of the origin ` +
        `http://localhost:5173 may not connect to 127.0.0.1:${server.port}: allowedOrigins is 'same-origin'. ` +
        '[TICKPEER_HANDSHAKE_REFUSED]',
    );
    expect(wasRefused).toMatch(/^warn tickpeer: client was refused with 403: ws:.*\[TICKPEER_HANDSHAKE_STATUS\]$/);
    expect(more).toEqual([]);
  });

  test.each([5, 6])('of %i allowed origins the line has the first five', async (count) => {
    const { lines } = log();
    const allowedOrigins = Array.from({ length: count }, (_, index) => `https://${index}.example`);
    const server = serve({ allowedOrigins });
    const client = dialPeer(`ws://127.0.0.1:${server.port}/`, { handshakeHeaders: ['Origin: https://x.example'] });
    await drive([client, server], () => isClosed(client));
    expect(lines[0]).toContain(`'https://3.example', 'https://4.example'${count > 5 ? ', 1 more' : ''}]`);
    expect(lines[0]).not.toContain('5.example');
  });

  test('a sub-protocol that the server does not support', async () => {
    const { lines } = log();
    const server = serve({ supportedProtocols: ['game.v2'] });
    const client = dialPeer(`ws://127.0.0.1:${server.port}/`, { supportedProtocols: ['game.v1'] });
    await drive([client, server], () => isClosed(client));
    expect(lines[0]).toMatch(
      /^warn tickpeer: server refused with 400: .*game\.v1.*game\.v2.*\[TICKPEER_HANDSHAKE_PROTOCOL\]$/,
    );
  });

  test('TLS: a client that does not trust the certificate, and one without TLS', async () => {
    const { key, certificate } = await makeIdentity('localhost');
    const { lines } = log();
    const server = serve({}, { tls: TLSOptions.server(key, certificate) });
    const client = dialPeer(`wss://127.0.0.1:${server.port}/`);
    await drive([client, server], () => isClosed(client) && lines.length === 2);
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(/^warn tickpeer: client did not open: wss:.*\[TICKPEER_TLS_CERTIFICATE\]$/),
      expect.stringMatching(/^warn tickpeer: server did not open: 127\.0\.0\.1: .*\[TICKPEER_TLS\]$/),
    ]);
    const raw = await dialRaw(server.port);
    raw.socket.write('GET / HTTP/1.1\r\n\r\n');
    await drive(server, () => lines.length === 3);
    expect(lines[2]).toMatch(/^warn tickpeer: server did not open: 127\.0\.0\.1: .*\[TICKPEER_TLS\]$/);
  });

  test('a limit is logged once, with the response to the client', async () => {
    const { lines } = log({ level: 'warn' });
    const server = serve({ maxConnections: 1 });
    const first = dialPeer(`ws://127.0.0.1:${server.port}/`);
    await drive([first, server], () => server.peers.length === 1);
    const second = dialPeer(`ws://127.0.0.1:${server.port}/`);
    await drive([first, second, server], () => isClosed(second));
    expect(lines).toEqual([
      expect.stringMatching(/^warn tickpeer: server refused with 503: /),
      expect.stringMatching(/^warn tickpeer: client was refused with 503: /),
    ]);
  });

  test('a server that cannot be reached', async () => {
    const { lines } = log();
    const client = dialPeer('ws://127.0.0.1:1/');
    await drive(client, () => isClosed(client));
    expect(lines).toEqual([
      expect.stringMatching(
        /^warn tickpeer: client did not open: ws:\/\/127\.0\.0\.1:1\/: .*\[TICKPEER_CANT_CONNECT\]$/,
      ),
    ]);
  });
});

describe('connections that open and close', () => {
  test('an open connection, and a clean end with code and reason; a lost one is logged once', async () => {
    const { lines } = log();
    const { client, served, server } = await ourPair();
    client.close(3001, 'enough');
    await drive([client, server], () => isClosed(client) && isClosed(served));
    expect(lines.filter((line) => line.includes('open: '))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('closed: '))).toEqual([
      expect.stringMatching(/^info tickpeer: .*code 3001 "enough"$/),
      expect.stringMatching(/^info tickpeer: .*code 3001 "enough"$/),
    ]);
    lines.length = 0;
    const other = await ourPair();
    lines.length = 0;
    other.client.close(-1);
    await drive(other.server, () => isClosed(other.served));
    expect(lines).toEqual([
      expect.stringMatching(/^info tickpeer: client closed: .*not cleanly: .*\[TICKPEER_DROPPED\]$/),
      expect.stringMatching(/^info tickpeer: server closed: .*not cleanly: .*\[TICKPEER_CONNECTION_LOST\]$/),
    ]);
  });

  test('a full queue is logged at debug only; a refused send at warn', async () => {
    const { lines } = log({ level: 'debug' });
    const { client, served, server } = await ourPair();
    lines.length = 0;
    served.maxQueuedPackets = 1;
    for (let count = 0; count < 3; count++) client.sendText('x');
    await drive([client, server], () => lines.length > 0);
    expect(lines).toEqual([expect.stringMatching(/^debug tickpeer: server reading paused: .*maxQueuedPackets is 1/)]);
    client.outboundBufferSize = 1;
    client.sendText('xx');
    expect(lines[1]).toMatch(/^warn tickpeer: client send refused: .*\[TICKPEER_OUTBOUND_LIMIT\]$/);
  });

  test('the channels of multiplayer', () => {
    const { lines } = log();
    publish('admitted', {});
    publish('disconnected', { wasAdmitted: true, by: 'connection', failure: null });
    publish('disconnected', { wasAdmitted: true, by: 'limit', failure: { ...FAILURE, code: 'TICKPEER_PEER_LIMIT' } });
    publish('disconnected', { wasAdmitted: false, by: 'authentication', failure: null, address: '' });
    publish('packet-refused', { failure: { ...FAILURE }, kind: 'k', count: 10, isCounted: true });
    publish('limit', { failure: { ...FAILURE }, isDisconnected: true, count: 1 });
    publish('limit', { failure: { ...FAILURE }, isDisconnected: false, count: 1 });
    publish('checksum-mismatch', { failure: { ...FAILURE }, path: 'Main', count: 1 });
    publish('handler-error', { path: 'Main', method: 'hit', error: new RangeError('too much') });
    publish('sleep', { isAsleep: true });
    publish('sleep', { isAsleep: false });
    publish('turned-away', { failure: { ...FAILURE }, id: undefined });
    expect(lines).toEqual([
      'info tickpeer: multiplayer: peer 7 (10.0.0.1) was admitted',
      'info tickpeer: multiplayer: peer 7 (10.0.0.1) has left',
      'warn tickpeer: multiplayer: peer 7 (10.0.0.1) was disconnected because of a limit: it is short [TICKPEER_PEER_LIMIT]',
      'warn tickpeer: multiplayer: peer 7 was not admitted',
      'warn tickpeer: multiplayer: peer 7 (10.0.0.1) sent a packet that was refused: it is short [TICKPEER_BAD_PACKET], 10 times so far',
      'warn tickpeer: multiplayer: peer 7 (10.0.0.1) exceeded a limit: it is short [TICKPEER_BAD_PACKET]',
      'warn tickpeer: multiplayer: peer 7 (10.0.0.1) declares other methods: it is short [TICKPEER_BAD_PACKET]',
      'error tickpeer: multiplayer: peer 7 (10.0.0.1) called "hit" of "Main", whose handler threw: RangeError: too much',
      'info tickpeer: multiplayer: peer 7 (10.0.0.1) is asleep',
      'info tickpeer: multiplayer: peer 7 (10.0.0.1) is awake',
      'warn tickpeer: multiplayer: a client (10.0.0.1) was refused: it is short [TICKPEER_BAD_PACKET]',
    ]);
  });
});

describe('events of one kind', () => {
  const refuse = (id = 7): void => publish('packet-refused', { id, failure: { ...FAILURE }, kind: 'k', count: 1 });

  test.each([
    [4, 4],
    [5, 5],
    [6, 5],
  ])('of %i events %i are logged, and then the count of the rest', (sent, logged) => {
    const clock = new FakeClock();
    const { lines } = log({ clock });
    for (let id = 1; id <= sent; id++) refuse(id);
    expect(lines).toHaveLength(logged);
    clock.advance(9_999);
    expect(lines).toHaveLength(logged);
    clock.advance(1);
    const more = lines.slice(logged);
    const kind = 'tickpeer:multiplayer:packet-refused TICKPEER_BAD_PACKET';
    const last = 'multiplayer: peer 6 (10.0.0.1) sent a packet that was refused: it is short [TICKPEER_BAD_PACKET]';
    expect(more).toEqual(
      sent > 5 ? [`warn tickpeer: 1 more of the same in 10 s (${kind}); the last one: ${last}`] : [],
    );
    refuse();
    expect(lines).toHaveLength(logged + more.length + 1);
  });

  test('another kind has a limit of its own, and stopping logs how many were left out', () => {
    const { lines, stop } = log({ linesPerKind: 1, interval: 0.5, clock: new FakeClock() });
    for (let count = 0; count < 3; count++) refuse();
    publish('admitted', {});
    expect(lines).toHaveLength(2);
    stop();
    expect(lines[2]).toContain('2 more of the same in 0.5 s');
    refuse();
    stop();
    expect(lines).toHaveLength(3);
  });

  test('linesPerKind: Infinity logs every event', () => {
    const { lines } = log({ linesPerKind: Number.POSITIVE_INFINITY });
    for (let count = 0; count < 100; count++) refuse();
    expect(lines).toHaveLength(100);
  });
});

describe('options', () => {
  test('level, filter and format choose and write the lines', () => {
    const { lines } = log({
      level: 'warn',
      filter: ({ channel }) => !channel.endsWith(':limit'),
      format: ({ level, channel, failure }) => JSON.stringify({ level, channel, code: failure?.code }),
    });
    publish('admitted', {});
    publish('limit', { failure: { ...FAILURE }, isDisconnected: false, count: 1 });
    publish('turned-away', { failure: { ...FAILURE } });
    expect(lines).toEqual([
      'warn {"level":"warn","channel":"tickpeer:multiplayer:turned-away","code":"TICKPEER_BAD_PACKET"}',
    ]);
  });

  test('two logs are independent', () => {
    const [one, two] = [log(), log()];
    const failure = { ...FAILURE };
    publish('turned-away', { failure });
    one.stop();
    publish('admitted', {});
    expect([one.lines.length, two.lines.length]).toEqual([1, 2]);
  });

  test('invalid options throw', () => {
    const sink = newSink();
    const { error: _, ...incomplete } = sink;
    expect(() => logTo(incomplete as unknown as LogSink)).toThrow('missing: error');
    expect(() => logTo(sink, { level: 'loud' as LogLevel })).toThrow('level is one of');
    for (const linesPerKind of [0, -1, Number.NaN]) expect(() => logTo(sink, { linesPerKind })).toThrow(RangeError);
    for (const interval of [0, -1, Number.NaN]) expect(() => logTo(sink, { interval })).toThrow(RangeError);
    logTo(sink, { linesPerKind: 1, interval: 0.001 })();
  });

  test('in a browser logTo writes one line and returns a function', () => {
    const sink = newSink();
    logInBrowser(sink)();
    expect(sink.lines).toEqual([expect.stringContaining('logs nothing in a browser')]);
  });
});

describe('text from the other side', () => {
  test('does not start a new line', async () => {
    const { lines } = log();
    const { client, served, server } = await ourPair();
    client.close(3000, 'a\nwarn tickpeer: forged \u001b[31m\u2028\u202e');
    await drive([client, server], () => isClosed(client) && isClosed(served));
    const closed = lines.filter((line) => line.includes('server closed'));
    expect(closed).toEqual([expect.stringContaining('"a\\u000awarn tickpeer: forged \\u001b[31m\\u2028\\u202e"')]);
  });

  test.each([999, 1000, 1001])('of %i characters is cut above 1000', (length) => {
    const text = plain('x'.repeat(length));
    expect(text).toBe(length > 1000 ? `${'x'.repeat(1000)}… (1001 characters)` : 'x'.repeat(length));
  });

  test('has half a surrogate pair escaped at the cut', () => {
    expect(plain(`${'x'.repeat(999)}👋`)).toBe(`${'x'.repeat(999)}\\ud83d… (1001 characters)`);
    expect(plain('grüß euch 👋')).toBe('grüß euch 👋');
  });
});
