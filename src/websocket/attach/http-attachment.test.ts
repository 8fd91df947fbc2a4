import { createServer, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StreamPeer } from '../../stream/index.ts';
import { Attachments } from './http-attachment.ts';

const UPGRADE = { host: 'a', connection: 'Upgrade', upgrade: 'websocket' };

/** An HTTP server that does not listen: the test emits its events. */
function make() {
  const http = createServer();
  const attachments = Attachments.of(http);
  const taken: (string | null)[] = [];
  const attach = (path: string | null, takes = true): (() => void) | null => {
    const detach = attachments.add({
      path,
      take: (stream: StreamPeer) => {
        onTestFinished(() => stream.destroy());
        if (takes) taken.push(path);
        return takes;
      },
    });
    onTestFinished(() => detach?.());
    return detach;
  };
  /** What took a request: the paths of the attachments, `app` for the application's own listener. */
  const ask = (url: string, changes: object = {}, socket: object = new Socket()): (string | null)[] => {
    taken.length = 0;
    const parts = { method: 'GET', url, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 };
    const request = { ...parts, rawHeaders: ['Host', 'a'], headers: UPGRADE, socket, ...changes };
    http.emit('upgrade', request as unknown as IncomingMessage, socket, Buffer.alloc(0));
    return [...taken];
  };
  const onApp = (): void => void taken.push('app');
  http.on('upgrade', onApp);
  return { http, attach, ask, onApp };
}

test('a server has one set of attachments', () => {
  const http = createServer();
  expect(Attachments.of(http)).toBe(Attachments.of(http));
  expect(Attachments.of(http)).not.toBe(Attachments.of(createServer()));
});

test('each path has one place, which is free again once it is left', () => {
  const { attach } = make();
  const leave = attach('/a');
  expect([leave === null, attach('/a'), attach('/b') === null, attach(null) === null]).toEqual([
    false,
    null,
    false,
    false,
  ]);
  expect(attach(null)).toBeNull();
  leave?.();
  leave?.();
  expect(attach('/a')).not.toBeNull();
  expect(attach('/b')).toBeNull();
});

describe('the attachment of a request', () => {
  test.each([
    ['/a', '/a'],
    ['/a?b=/c', '/a'],
    ['http://other.test/a?b', '/a'],
    ['/a/', null],
    ['/A', null],
    ['', null],
    ['http://other.test', null],
    ['http://other.test?/a', null],
  ])('%s is for the path %s', (url, path) => {
    const { attach, ask } = make();
    attach('/a');
    attach(null);
    expect(ask(url)).toEqual([path]);
  });

  test('is none where no path fits: the application gets it', () => {
    const { attach, ask } = make();
    attach('/a');
    expect(ask('/b')).toEqual(['app']);
  });

  test.each([
    [{ method: 'POST' }],
    [{ httpVersionMinor: 0 }],
    [{ headers: { ...UPGRADE, upgrade: 'h2c' } }],
    [{ headers: { ...UPGRADE, 'content-length': '1' } }],
    [{ headers: { ...UPGRADE, 'transfer-encoding': 'chunked' } }],
  ])('is none for %j', (changes) => {
    const { attach, ask } = make();
    attach(null);
    expect(ask('/a', changes)).toEqual(['app']);
  });

  test.each([
    [{ headers: { ...UPGRADE, 'content-length': '0' } }],
    [{ headers: { ...UPGRADE, upgrade: 'h2c, WebSocket' } }],
  ])('is there for %j', (changes) => {
    const { attach, ask } = make();
    attach(null);
    expect(ask('/a', changes)).toEqual([null]);
  });
});

test('a request that an attachment cannot take gets a 503', () => {
  const { attach, ask } = make();
  attach(null, false);
  const socket = new Socket();
  const written: string[] = [];
  socket._write = (chunk: Buffer, _encoding, done) => {
    written.push(chunk.toString());
    done();
  };
  expect(ask('/', {}, socket)).toEqual([]);
  expect(written.join('')).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nContent-Length: 17\r\n\r\nThe server stops\.$/);
});

test('what is no socket is destroyed, and its errors harm nobody', () => {
  const { attach, ask } = make();
  attach(null);
  const stream = new PassThrough();
  expect(ask('/', {}, stream)).toEqual([]);
  expect(stream.destroyed).toBe(true);
  expect(stream.emit('error', new Error('reset'))).toBe(true);
});

test('a socket that is left to the application has one listener for errors', () => {
  const { attach, ask } = make();
  attach('/a');
  const socket = new Socket();
  for (let times = 1; times <= 2; times++) ask('/b', {}, socket);
  expect(socket.listenerCount('error')).toBe(1);
});

test('when the last attachment has gone the server is as before', () => {
  const { http, attach, ask, onApp } = make();
  const emit = http.emit;
  const before = Object.getOwnPropertyNames(http).length + Object.getOwnPropertySymbols(http).length;
  const [leaveA, leaveB] = [attach('/a'), attach('/b')];
  leaveA?.();
  expect(ask('/b')).toEqual(['/b']);
  leaveB?.();
  expect(ask('/b')).toEqual(['app']);
  expect(http.emit).toBe(emit);
  expect(Object.getOwnPropertyNames(http).length + Object.getOwnPropertySymbols(http).length).toBe(before);
  expect(http.listeners('upgrade')).toEqual([onApp]);
});

test('an attachment may take an upgrade as Node passes it', () => {
  const { http, ask } = make();
  const upgrades: [string | undefined, object, string][] = [];
  const detach = Attachments.of(http).add({
    path: '/front',
    take: () => expect.unreachable(),
    takeUpgrade: ({ url }, socket, head) => void upgrades.push([url, socket, head.toString()]),
  });
  onTestFinished(() => detach?.());
  const socket = new Socket();
  expect(ask('/front?room=A', {}, socket)).toEqual([]);
  expect(ask('/other')).toEqual(['app']);
  expect(upgrades).toEqual([['/front?room=A', socket, '']]);
});
