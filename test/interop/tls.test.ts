import { createServer as createHttpsServer } from 'node:https';
import { connect as netConnect, type Socket } from 'node:net';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import { ErrorCode, State, type TLSExtraOptions, TLSOptions, type WebSocketPeer } from 'tickpeer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Identity, makeIdentity, serverOptions } from '../support/certificates.ts';
import { LARGE, patternBytes, sameBytes } from '../support/payloads.ts';
import {
  drive,
  ending,
  isClosed,
  isOpen,
  newPeer,
  type OurServer,
  type Pollable,
  readAll,
  type Serve,
  serve,
  serveByHand,
  tickAsInReference,
} from '../support/peers.ts';
import { dialRaw, startRawServer } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import { dialWs, isWsOpen, startWsServer, type WsServer } from '../support/ws-ends.ts';

const authority = await makeIdentity('Test authority', { isAuthority: true });
const middle = await makeIdentity('Test authority in between', { isAuthority: true, issuer: authority });
const otherAuthority = await makeIdentity('Another authority', { isAuthority: true });
const good = await makeIdentity('good', { issuer: authority });
const byMiddle = await makeIdentity('by the one in between', { issuer: middle, withIssuer: true });
const selfSigned = await makeIdentity('self-signed');
const otherHost = await makeIdentity('other host', { issuer: authority, names: ['game.example', '192.0.2.1'] });
const expired = await makeIdentity('expired', {
  issuer: authority,
  notBefore: '20200101000000',
  notAfter: '20210101000000',
});
const notYet = await makeIdentity('not yet', {
  issuer: authority,
  notBefore: '20480101000000',
  notAfter: '20490101000000',
});

const SERVERS: [string, Serve][] = [
  ['WebSocketServer', serve],
  ['TCPServer, StreamPeerTLS and acceptStream', serveByHand],
];

/** Connects and waits for the result. */
async function connect(
  server: { port: number } & Partial<Pollable>,
  options: TLSOptions | boolean,
  { host = '127.0.0.1', trusted = null as Identity | null } = {},
): Promise<WebSocketPeer> {
  const peer = newPeer();
  const url = `wss://${host}:${server.port}/secret?x`;
  const result =
    options instanceof TLSOptions
      ? peer.connectToUrl(url, options)
      : peer.connectToUrl(url, options, trusted?.certificate ?? null);
  expect(ErrorCode[result]).toBe('OK');
  const pollables: Pollable[] = [peer];
  if (server.poll !== undefined) pollables.push(server as Pollable);
  await drive(pollables, () => peer.getReadyState() !== State.STATE_CONNECTING);
  return peer;
}

function serveWith(identity: Identity, extra: TLSExtraOptions = {}): ReturnType<typeof serve> {
  return serve({}, { tls: serverOptions(identity, extra) });
}

const trust = TLSOptions.client(authority.certificate);

describe.each(SERVERS)('wss between our own ends: %s', (_name, start) => {
  function startGood(): OurServer {
    return start({ inboundBufferSize: LARGE, outboundBufferSize: LARGE }, { tls: serverOptions(good) });
  }

  async function pair(): Promise<{ client: WebSocketPeer; served: WebSocketPeer; server: OurServer }> {
    const server = startGood();
    const client = await connect(server, trust);
    await drive([client, server], () => server.peers.length === 1);
    return { client, served: server.peers[0]!, server };
  }

  test('packets and the URL', async () => {
    const { client, served, server } = await pair();
    client.inboundBufferSize = client.outboundBufferSize = LARGE;
    expect(served.getRequestedUrl()).toBe(`wss://127.0.0.1:${server.port}/secret?x`);
    expect(served.getConnectedHost()).toBe('127.0.0.1');
    expect(client.getConnectedPort()).toBe(server.port);
    const large = patternBytes(LARGE);
    for (const [from, to] of [
      [client, served],
      [served, client],
    ] as const) {
      from.sendText('héllo');
      from.send(new Uint8Array(0));
      await drive([client, server], () => to.getAvailablePacketCount() === 2);
      expect(readAll(to)).toEqual(['héllo', new Uint8Array(0)]);
      expect(from.send(large)).toBe(ErrorCode.OK);
      await drive([client, server], () => to.getAvailablePacketCount() === 1, 10_000);
      expect(sameBytes(to.getPacket(), large)).toBe(true);
    }
  });

  test.each([1000, 1001, 3000, 4999])('a close with %i from the client', async (code) => {
    const { client, served, server } = await pair();
    client.close(code, 'bye, é');
    await drive([client, server], () => isClosed(client) && isClosed(served));
    expect(ending(served)).toEqual({ code, reason: 'bye, é', failure: null });
    expect(ending(client)).toEqual({ code, reason: 'bye, é', failure: null });
  });

  test.each([1000, 1001, 3000, 4999])('a close with %i from the server', async (code) => {
    const { client, served, server } = await pair();
    served.close(code, 'bye, é');
    await drive([client, server], () => isClosed(client) && isClosed(served));
    expect(ending(client)).toEqual({ code, reason: 'bye, é', failure: null });
    expect(ending(served)).toEqual({ code, reason: 'bye, é', failure: null });
  });

  test('the last packets before a close arrive, in the loop of the reference', async () => {
    const { client, served, server } = await pair();
    const sent = Array.from({ length: 1000 }, (_, i) => `packet ${i} ${'x'.repeat(500)}`);
    for (const text of sent) expect(served.sendText(text)).toBe(ErrorCode.OK);
    served.close(4000, 'done');
    const received: (string | Uint8Array)[] = [];
    await drive([server, { poll: () => tickAsInReference(client, received) }], () => isClosed(client));
    expect(received).toEqual(sent);
    expect(client.getCloseCode()).toBe(4000);
  });

  test.each(['client', 'server'])('the %s drops the connection', async (side) => {
    const { client, served, server } = await pair();
    const [dropper, other] = side === 'client' ? [client, served] : [served, client];
    dropper.close(-1);
    await drive([client, server], () => isClosed(other));
    expect(other.getCloseCode()).toBe(-1);
    expect(other.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
    expect(ending(dropper)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
  });
});

describe('which certificates a client accepts', () => {
  test('one signed by a trusted authority', async () => {
    expect(isOpen(await connect(serveWith(good), trust))).toBe(true);
  });

  test('one signed by an authority in between, which the server sends along', async () => {
    expect(isOpen(await connect(serveWith(byMiddle), trust))).toBe(true);
  });

  test('by the name localhost and by an IPv6 address, too', async () => {
    expect(isOpen(await connect(serveWith(good), trust, { host: 'localhost' }))).toBe(true);
    const onSix = serve({}, { address: '::1', tls: serverOptions(good) });
    expect(isOpen(await connect(onSix, trust, { host: '[::1]' }))).toBe(true);
  });

  test('not a self-signed one by default', async () => {
    const server = serveByHand({}, { tls: serverOptions(selfSigned) });
    const peer = await connect(server, true);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS_CERTIFICATE' });
    expect(isClosed(peer)).toBe(true);
    expect(peer.getLastFailure()?.message).toMatch(/self-signed.*TLSOptions\.client/);
    expect(peer.getHandshakeResponse()).toBe(null);
    await drive(server, () => server.accepted.length === 1 && isClosed(server.accepted[0]!));
    expect(server.accepted[0]!.getCloseCode()).toBe(-1);
    expect(server.accepted[0]!.getLastFailure()).not.toBe(null);
    expect(server.peers.length).toBe(0);
  });

  test('not one of an authority that is not trusted', async () => {
    const peer = await connect(serveWith(good), true);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS_CERTIFICATE' });
  });

  test('a self-signed one that is given as the trusted certificate', async () => {
    expect(isOpen(await connect(serveWith(selfSigned), true, { trusted: selfSigned }))).toBe(true);
  });

  test('an authority given as the trusted certificate', async () => {
    expect(isOpen(await connect(serveWith(good), true, { trusted: authority }))).toBe(true);
  });

  test('a leaf that is given as the trusted certificate, whoever signed it', async () => {
    expect(isOpen(await connect(serveWith(good), true, { trusted: good }))).toBe(true);
  });

  test.each([
    ['a self-signed one', selfSigned],
    ['one of another authority', good],
  ])('%s is refused when another is trusted', async (_name, identity) => {
    const peer = await connect(serveWith(identity), true, { trusted: otherAuthority });
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS_CERTIFICATE' });
  });

  test('not one for another host, unless that name is asked for', async () => {
    const server = serveWith(otherHost);
    const peer = await connect(server, trust);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS_HOSTNAME_MISMATCH' });
    // The cause has the certificate, which is its own issuer.
    const { code, message, cause } = JSON.parse(JSON.stringify(peer.getLastFailure()));
    expect([code, message]).toEqual(['TICKPEER_TLS_HOSTNAME_MISMATCH', peer.getLastFailure()?.message]);
    expect(cause).toMatchObject({ name: 'Error', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(peer.getLastFailure()?.message).toContain('127.0.0.1');
    expect(isOpen(await connect(server, TLSOptions.client(authority.certificate, 'game.example')))).toBe(true);
  });

  test.each([
    ['expired', expired, /expired/],
    ['not yet valid', notYet, /not valid yet/],
  ])('not one that is %s', async (_name, identity, message) => {
    const peer = await connect(serveWith(identity), trust);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS_CERTIFICATE' });
    expect(peer.getLastFailure()?.message).toMatch(message);
  });

  test.each([
    ['self-signed', selfSigned],
    ['for another host', otherHost],
    ['expired', expired],
    ['not yet valid', notYet],
  ])('with verifyTls false, one that is %s', async (_name, identity) => {
    expect(isOpen(await connect(serveWith(identity), false))).toBe(true);
    expect(isOpen(await connect(serveWith(identity), TLSOptions.clientUnsafe()))).toBe(true);
  });

  test('with verifyTls false and a trusted certificate, the chain counts and the name does not', async () => {
    expect(isOpen(await connect(serveWith(otherHost), false, { trusted: authority }))).toBe(true);
    const peer = await connect(serveWith(selfSigned), false, { trusted: authority });
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_TLS_CERTIFICATE');
  });

  test("server's options are refused at once", () => {
    const peer = newPeer();
    expect(peer.connectToUrl('wss://127.0.0.1:1/', serverOptions(good))).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_INVALID_TLS_OPTIONS' });
  });
});

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

describe('TLS versions', () => {
  test.each(VERSIONS)('%s, wanted by our server', async (version) => {
    const server = serveWith(good, { minVersion: version, maxVersion: version });
    expect(isOpen(await connect(server, trust))).toBe(true);
    const socket = tlsConnect({ port: server.port, host: '127.0.0.1', ca: authority.certificatePem });
    onTestFinished(() => {
      socket.destroy();
    });
    await drive(server, () => socket.getProtocol() === version);
  });

  test.each(VERSIONS)('%s, wanted by our client', async (version) => {
    const server = await startSecureWsServer();
    const options = TLSOptions.client(authority.certificate, '', { minVersion: version, maxVersion: version });
    const peer = await connect(server, options);
    expect(isOpen(peer)).toBe(true);
    const { socket } = server.ends[0]!.request!;
    expect(socket instanceof TLSSocket && socket.getProtocol()).toBe(version);
    peer.close(3000, 'bye');
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(3000);
  });

  test.each([
    ['TLSv1.2', 'TLSv1.3'],
    ['TLSv1.3', 'TLSv1.2'],
  ] as const)('a client with %s and a server with %s do not connect', async (ours, theirs) => {
    const server = serveByHand({}, { tls: serverOptions(good, { minVersion: theirs, maxVersion: theirs }) });
    const options = TLSOptions.client(authority.certificate, '', { minVersion: ours, maxVersion: ours });
    const peer = await connect(server, options);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
    await drive(server, () => isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
  });
});

describe('bytes that are not TLS', () => {
  test.each<[string, string]>([
    ['garbage', 'this is not a ClientHello, and never will be one\r\n\r\n'],
    ['zero bytes', '\0'.repeat(100)],
    ['a record that claims to be long', '\x16\x03\x01\xff\xff\x01\x00'],
  ])('our server gets %s instead of a ClientHello', async (_name, bytes) => {
    const server = serveByHand({ handshakeTimeLimit: 0.2 }, { tls: serverOptions(good) });
    const raw = await dialRaw(server.port);
    raw.write(bytes);
    await drive(server, () => server.accepted.length === 1 && isClosed(server.accepted[0]!));
    expect(server.accepted[0]!.getCloseCode()).toBe(-1);
    expect(server.accepted[0]!.getLastFailure()?.code).toMatch(/^TICKPEER_(TLS|HANDSHAKE_TIMEOUT)$/);
    await drive(server, () => raw.isClosed || raw.hasEnded);
  });

  test('a ws client at our wss port', async () => {
    const server = serveByHand({}, { tls: serverOptions(good) });
    const peer = newPeer();
    peer.connectToUrl(`ws://127.0.0.1:${server.port}`);
    await drive([peer, server], () => isClosed(peer) && server.accepted.length === 1 && isClosed(server.accepted[0]!));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_(HANDSHAKE_MALFORMED|CONNECTION_LOST|CONNECTION_RESET)$/);
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
    expect(server.accepted[0]!.getLastFailure()?.message).toContain('does not speak TLS');
  });

  test('a wss client at our ws port', async () => {
    const server = serveByHand();
    const peer = await connect(server, trust);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
    expect(peer.getLastFailure()?.message).toContain('does not speak TLS');
    await drive(server, () => isClosed(server.accepted[0]!));
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_MALFORMED' });
    expect(server.accepted[0]!.getLastFailure()?.message).toContain('TLS');
  });

  test('our client gets garbage instead of a ServerHello', async () => {
    const server = await startRawServer((end) => end.write('hello there, this is not TLS\r\n'));
    const peer = await connect(server, trust);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
  });

  test('our client gets an end instead of a ServerHello', async () => {
    const server = await startRawServer((end) => end.socket.end());
    const peer = await connect(server, trust);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
  });

  test('a broken record in OPEN', async () => {
    const server = serve({}, { tls: serverOptions(good) });
    // A proxy of one connection, which can put something into the stream.
    let inner: Socket | null = null;
    const proxy = await startRawServer((end) => {
      inner = netConnect(server.port, '127.0.0.1');
      inner.on('error', () => {});
      inner.on('close', () => end.socket.destroy());
      end.socket.pipe(inner);
      inner.pipe(end.socket);
    });
    const client = newPeer();
    client.connectToUrl(`wss://127.0.0.1:${proxy.port}`, trust);
    await drive([client, server], () => isOpen(client) && server.peers.length === 1);
    inner!.write(Buffer.from('\x17\x03\x03\x00\x05hello', 'latin1'));
    const served = server.peers[0]!;
    await drive([client, server], () => isClosed(served) && isClosed(client));
    expect(ending(served)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_TLS' });
    expect(client.getCloseCode()).toBe(-1);
  });
});

describe('the other side stays silent', () => {
  test('a server is limited by handshakeTimeLimit, not by connectTimeLimit', async () => {
    const server = await startRawServer();
    const peer = newPeer({ connectTimeLimit: 60, handshakeTimeLimit: 0.05 });
    peer.connectToUrl(`wss://127.0.0.1:${server.port}`, trust);
    await drive(peer, () => isClosed(peer));
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
    await until(() => server.ends[0]!.isClosed || server.ends[0]!.hasEnded);
  });

  test.each(SERVERS)('a client of %s', async (_name, start) => {
    const server = start({ handshakeTimeLimit: 0.05 }, { tls: serverOptions(good) });
    const raw = await dialRaw(server.port);
    await drive(server, () => raw.isClosed || raw.hasEnded);
    expect(server.peers.length).toBe(0);
    if ('accepted' in server) {
      const [peer] = server.accepted as WebSocketPeer[];
      expect(ending(peer!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
    }
  });

  test('a client that completes TLS and then sends no HTTP', async () => {
    const server = serveByHand({ handshakeTimeLimit: 0.1 }, { tls: serverOptions(good) });
    const socket = tlsConnect({ port: server.port, host: '127.0.0.1', ca: authority.certificatePem });
    onTestFinished(() => {
      socket.destroy();
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    await drive(server, () => server.accepted.length === 1 && isClosed(server.accepted[0]!) && text !== '');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(ending(server.accepted[0]!)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' });
  });
});

/** A `ws` server over HTTPS. */
function startSecureWsServer(): Promise<WsServer> {
  return startWsServer({}, createHttpsServer({ key: good.keyPem, cert: good.certificatePem }));
}

describe('our client with a ws server over HTTPS', () => {
  test.each([1000, 1001, 3000, 4999])('packets, pings, and a close with %i from either side', async (code) => {
    const server = await startSecureWsServer();
    const first = await connect(server, trust);
    first.pongTimeLimit = 5;
    first.heartbeatInterval = 0.01;
    const end = server.ends[0]!;
    first.sendText('from us');
    end.socket.send('from them');
    end.socket.ping('x');
    await drive(first, () => first.getStatistics().pongsReceived > 0 && end.pongs.length === 1);
    await drive(first, () => first.getAvailablePacketCount() === 1 && end.messages.length === 1);
    expect(readAll(first)).toEqual(['from them']);
    expect(end.messages).toEqual(['from us']);
    first.close(code, 'ours');
    await drive(first, () => isClosed(first) && end.closed !== null);
    expect(end.closed).toEqual({ code, reason: 'ours' });
    expect(ending(first)).toEqual({ code, reason: 'ours', failure: null });

    const second = await connect(server, trust);
    for (let i = 0; i < 10; i++) server.ends[1]!.socket.send(`last ${i}`);
    server.ends[1]!.socket.close(code, 'theirs');
    await drive(second, () => isClosed(second) && server.ends[1]!.closed !== null);
    expect(ending(second)).toEqual({ code, reason: 'theirs', failure: null });
    expect(readAll(second)).toEqual(Array.from({ length: 10 }, (_, i) => `last ${i}`));
    expect(server.ends[1]!.closed?.code).toBe(code);
  });

  test('it terminates', async () => {
    const server = await startSecureWsServer();
    const peer = await connect(server, trust);
    server.ends[0]!.socket.terminate();
    await drive(peer, () => isClosed(peer));
    expect(peer.getCloseCode()).toBe(-1);
    expect(peer.getLastFailure()?.code).toMatch(/^TICKPEER_CONNECTION_(LOST|RESET)$/);
  });
});

describe.each(SERVERS)('our wss server with a ws client: %s', (_name, start) => {
  test.each([1000, 1001, 3000, 4999])('packets, and a close with %i from either side', async (code) => {
    const server = start({}, { tls: serverOptions(good) });
    for (const closer of ['ours', 'theirs']) {
      const end = dialWs(`wss://127.0.0.1:${server.port}/x`, [], { ca: authority.certificatePem });
      await drive(server, () => isWsOpen(end) && server.peers.length > 0);
      const peer = server.peers.pop()!;
      end.socket.send('from them');
      peer.sendText('from us');
      await drive(server, () => peer.getAvailablePacketCount() === 1 && end.messages.length === 1);
      expect(readAll(peer)).toEqual(['from them']);
      if (closer === 'ours') peer.close(code, closer);
      else end.socket.close(code, closer);
      await drive(server, () => isClosed(peer) && end.closed !== null);
      expect(end.closed).toEqual({ code, reason: closer });
      expect(ending(peer)).toEqual({ code, reason: closer, failure: null });
    }
  });

  test('a client that does not trust us', async () => {
    const server = start({}, { tls: serverOptions(selfSigned) });
    const end = dialWs(`wss://127.0.0.1:${server.port}/x`);
    await drive(server, () => end.closed !== null);
    expect(end.errors[0]).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(server.peers.length).toBe(0);
  });
});
