import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { Crypto, CryptoKey, ErrorCode, TLSOptions, WebSocketPeer, WebSocketServer, X509Certificate } from 'tickpeer';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Identity, makeIdentity } from '../support/certificates.ts';
import { until } from '../support/until.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

let server: Identity;
let authority: Identity & { readonly name: string };
/** Signed by the authority, and valid. */
let good: Identity;
/** Certificates that a server must refuse. */
const bad = new Map<string, Identity>();

beforeAll(async () => {
  server = await makeIdentity('server');
  authority = await makeIdentity('authority', { isAuthority: true });
  good = await makeIdentity('player one', { issuer: authority });
  const stranger = await makeIdentity('authority', { isAuthority: true });
  bad.set('self-signed', await makeIdentity('player two'));
  bad.set('signed by another of the same name', await makeIdentity('player one', { issuer: stranger }));
  bad.set('expired', await makeIdentity('player one', { issuer: authority, notAfter: '20210101000000' }));
  bad.set('not valid yet', await makeIdentity('player one', { issuer: authority, notBefore: '20480101000000' }));
});

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

function listen(clientCertificates: 'request' | 'require', extra: object = {}): WebSocketServer {
  const found = new WebSocketServer({ manualHandshake: true });
  closers.push(() => found[Symbol.dispose]());
  const options = TLSOptions.server(server.key, server.certificate, {
    clientCertificates,
    trustedClientChain: authority.certificate,
    ...extra,
  });
  expect(found.listen(0, '127.0.0.1', options)).toBe(ErrorCode.OK);
  return found;
}

function dial(
  target: WebSocketServer,
  own: Identity | null,
  minVersion: 'TLSv1.2' | 'TLSv1.3',
  maxVersion = minVersion,
) {
  const peer = new WebSocketPeer();
  closers.push(() => peer.close(-1));
  const pair = own === null ? {} : { key: own.key, certificate: own.certificate };
  const options = TLSOptions.client(server.certificate, '', { ...pair, minVersion, maxVersion });
  expect(peer.connectToUrl(`wss://127.0.0.1:${target.getLocalPort()}/`, options)).toBe(ErrorCode.OK);
  return peer;
}

/** Polls both until the request has arrived, or the peer is closed. */
async function asked(target: WebSocketServer, peer: WebSocketPeer) {
  await until(() => {
    target.poll();
    peer.poll();
    return target.isRequestAvailable() || peer.getReadyState() === WebSocketPeer.STATE_CLOSED;
  });
  return target.takeRequest();
}

describe.each(VERSIONS.map((version) => version as 'TLSv1.2' | 'TLSv1.3'))('client certificates over %s', (version) => {
  test.each(['request', 'require'] as const)('%s: a valid one is accepted and available', async (wanted) => {
    const target = listen(wanted);
    const peer = dial(target, good, version);
    const pending = await asked(target, peer);
    const certificate = pending?.clientCertificate;
    expect(certificate?.saveToString()).toBe(good.certificate.toNodeCertificates()[0]?.toString());
    expect(certificate?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
    pending?.accept();
    await until(() => {
      target.poll();
      peer.poll();
      return peer.getReadyState() === WebSocketPeer.STATE_OPEN;
    });
  });

  test('require: a client without one is refused, and both sides have the reason', async () => {
    const target = listen('require');
    const peer = dial(target, null, version);
    expect(await asked(target, peer)).toBeNull();
    expect(peer.getLastFailure()?.code).toMatch(/TICKPEER_(TLS|CONNECTION_LOST|CONNECTION_RESET)$/);
    await until(() => {
      target.poll();
      return target.getPendingCount() === 0;
    });
  });

  test.each(['self-signed', 'signed by another of the same name', 'expired', 'not valid yet'])(
    'require: one that is %s is refused; request: it is accepted, and the certificate is not available',
    async (what) => {
      const own = bad.get(what)!;
      const strict = listen('require');
      const refused = dial(strict, own, version);
      expect(await asked(strict, refused)).toBeNull();
      expect(refused.getReadyState()).toBe(WebSocketPeer.STATE_CLOSED);
      const lenient = listen('request');
      const pending = await asked(lenient, dial(lenient, own, version));
      // OpenSSL itself ends a handshake with a forged signature.
      expect(pending === null).toBe(what.startsWith('signed by another'));
      expect(pending?.clientCertificate ?? null).toBeNull();
    },
  );

  test('request: a client without one is accepted', async () => {
    const target = listen('request');
    const pending = await asked(target, dial(target, null, version));
    expect([pending === null, pending?.clientCertificate]).toEqual([false, null]);
  });

  test('a resumed session has the verified certificate', async () => {
    const target = listen('require');
    const { keyPem: key, certificatePem: cert } = good;
    const options = {
      host: '127.0.0.1',
      port: target.getLocalPort(),
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
    };
    const REQUEST =
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n';
    const visit = async (session: Buffer | undefined, pair: object): Promise<[TLSSocket, Buffer | undefined]> => {
      const socket = connectTls({ ...options, ...pair, ...(session === undefined ? {} : { session }) });
      closers.push(() => socket.destroy());
      let ticket: Buffer | undefined;
      socket.on('session', (found: Buffer) => {
        ticket = found;
      });
      socket.on('error', () => {});
      socket.write(`${REQUEST}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
      socket.resume();
      await until(() => {
        target.poll();
        return target.isRequestAvailable() && (ticket !== undefined || session !== undefined);
      });
      return [socket, ticket];
    };
    const [first, ticket] = await visit(undefined, { key, cert });
    expect(first.isSessionReused()).toBe(false);
    expect(target.takeRequest()?.clientCertificate?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
    const [second] = await visit(ticket, { key, cert });
    expect(second.isSessionReused()).toBe(true);
    expect(target.takeRequest()?.clientCertificate?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
  });
});

test('ws as the client, with a certificate and without', async () => {
  const target = listen('require');
  target.onWake = () => {
    target.poll();
    while (target.isRequestAvailable()) target.takeRequest()?.accept();
  };
  const url = `wss://127.0.0.1:${target.getLocalPort()}/`;
  const { keyPem: key, certificatePem: cert } = good;
  const socket = new WebSocket(url, { ca: server.certificatePem, key, cert });
  closers.push(() => socket.terminate());
  await once(socket, 'open');
  const other = new WebSocket(url, { ca: server.certificatePem });
  const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException];
  expect(error).toBeInstanceOf(Error);
});

test('our client with a server of Node’s that requests one', async () => {
  const https = createServer({
    key: server.keyPem,
    cert: server.certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  closers.push(() => https.close());
  const target = new WebSocketServer({ manualHandshake: true });
  closers.push(() => target[Symbol.dispose]());
  target.attach(https);
  const peer = new WebSocketPeer();
  closers.push(() => peer.close(-1));
  const { key, certificate } = good;
  const { port } = https.address() as AddressInfo; // it listens on a port
  peer.connectToUrl(`wss://127.0.0.1:${port}/`, TLSOptions.client(server.certificate, '', { key, certificate }));
  const pending = await asked(target, peer);
  expect(pending?.clientCertificate?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
});

test('a certificate that Node has not verified is not available', async () => {
  const https = createServer({
    key: server.keyPem,
    cert: server.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  closers.push(() => https.close());
  const target = new WebSocketServer({ manualHandshake: true });
  closers.push(() => target[Symbol.dispose]());
  target.attach(https);
  const { port } = https.address() as AddressInfo; // it listens on a port
  const { keyPem: key, certificatePem: cert } = bad.get('self-signed')!;
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { ca: server.certificatePem, key, cert });
  socket.on('error', () => {});
  closers.push(() => socket.terminate());
  await until(() => {
    target.poll();
    return target.isRequestAvailable();
  });
  expect(target.takeRequest()?.clientCertificate).toBeNull();
});

test('a client key that belongs to another certificate is found when it connects', () => {
  const peer = new WebSocketPeer();
  const { certificate } = good;
  const options = TLSOptions.client(null, '', { key: new Crypto().generateEc(), certificate });
  expect(peer.connectToUrl('wss://127.0.0.1:1/', options)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(peer.getLastFailure()).toMatchObject({
    code: 'TICKPEER_INVALID_TLS_OPTIONS',
    message: expect.stringContaining('does not belong to the certificate'),
  });
});

describe('SNI', () => {
  async function named(name: string): Promise<Identity> {
    return makeIdentity(name, { names: [name] });
  }

  /** The certificate that the server sends to a client that asks for `servername`. */
  async function shownTo(target: WebSocketServer, servername: string, maxVersion: SecureVersion): Promise<string> {
    const options = { host: '127.0.0.1', port: target.getLocalPort(), rejectUnauthorized: false, maxVersion };
    const socket = connectTls({ ...options, ...(servername === '' ? {} : { servername }) });
    closers.push(() => socket.destroy());
    let isSecure = false;
    socket.once('secureConnect', () => {
      isSecure = true;
    });
    await until(() => {
      target.poll();
      return isSecure;
    });
    return String(socket.getPeerX509Certificate()?.subject);
  }

  test.each(VERSIONS)('each name has its certificate (%s)', async (version) => {
    const [exact, wild] = [await named('game.test'), await named('*.game.test')];
    const target = new WebSocketServer();
    closers.push(() => target[Symbol.dispose]());
    const certificatesByName = { 'Game.test': exact, '*.game.test': wild, 'eu.game.test': exact };
    const options = TLSOptions.server(server.key, server.certificate, { certificatesByName });
    expect(target.listen(0, '127.0.0.1', options)).toBe(ErrorCode.OK);
    const seen = [];
    const names = ['game.test', 'GAME.TEST', 'us.game.test', 'eu.game.test', 'a.us.game.test', 'other.test', ''];
    for (const name of names) seen.push(await shownTo(target, name, version));
    const [a, b, own] = ['CN=game.test', 'CN=*.game.test', 'CN=server'];
    expect(seen).toEqual([a, a, b, a, own, own, own]);
  });

  test('with client certificates', async () => {
    const target = listen('require', { certificatesByName: { 'game.test': await named('game.test') } });
    const peer = new WebSocketPeer();
    closers.push(() => peer.close(-1));
    const { key, certificate } = good;
    const trusted = new X509Certificate();
    trusted.loadFromString((await named('other')).certificatePem);
    const options = TLSOptions.clientUnsafe(null, { key, certificate });
    peer.connectToUrl(`wss://localhost:${target.getLocalPort()}/`, options);
    const pending = await asked(target, peer);
    expect(pending?.clientCertificate?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
  });

  test('a key and a certificate that do not match are found by listen()', async () => {
    const { certificate } = await named('game.test');
    const certificatesByName = { 'game.test': { key: new Crypto().generateEc(), certificate } };
    const target = new WebSocketServer();
    const options = TLSOptions.server(server.key, server.certificate, { certificatesByName });
    expect(target.listen(0, '127.0.0.1', options)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(target.getLastFailure()?.message).toContain('the key of the name "game.test" does not belong');
  });
});

test('invalid options throw', () => {
  const { key, certificate } = server;
  const make = (extra: object) => () => TLSOptions.server(key, certificate, extra);
  const client = (extra: object) => () => TLSOptions.client(null, '', extra);
  const pair = { key, certificate };
  for (const wrong of [
    make({ clientCertificates: 'require' }),
    make({ clientCertificates: 'request' }),
    make({ clientCertificates: 'maybe' }),
    make({ trustedClientChain: certificate }),
    make({ clientCertificates: 'require', trustedClientChain: 'PEM' }),
    make({ key, certificate }),
    make({ certificatesByName: { 'a b': pair } }),
    make({ certificatesByName: { 'bücher.test': pair } }),
    make({ certificatesByName: { 'a.*.test': pair } }),
    make({ certificatesByName: { '*': pair } }),
    make({ certificatesByName: { 'a.test': pair, 'A.test': pair } }),
    make({ certificatesByName: { 'a.test': { key } } }),
    make({ certificatesByName: { 'a.test': { key: new CryptoKey() } } }),
    client({ key }),
    client({ certificate }),
    client({ clientCertificates: 'none' }),
    client({ certificatesByName: {} }),
    client({ trustedClientChain: certificate }),
  ]) {
    expect(wrong).toThrow(TypeError);
  }
});

describe('a new certificate for a running server', () => {
  test('is used for new connections; open ones stay', async () => {
    const target = new WebSocketServer();
    closers.push(() => target[Symbol.dispose]());
    target.onWake = () => {
      target.poll();
      for (const peer of target.readyPeers()) for (const packet of peer.packets()) peer.sendText(`${packet}!`);
    };
    expect(target.setTlsOptions(TLSOptions.server(server.key, server.certificate))).toBe(ErrorCode.ERR_UNCONFIGURED);
    expect(target.getLastFailure()?.code).toBe('TICKPEER_NOT_OPEN');
    target.listen(0, '127.0.0.1', TLSOptions.server(server.key, server.certificate));
    const join = async (trusted: Identity) => {
      const peer = new WebSocketPeer();
      closers.push(() => peer.close(-1));
      peer.onWake = () => peer.poll();
      peer.connectToUrl(`wss://127.0.0.1:${target.getLocalPort()}/`, TLSOptions.client(trusted.certificate));
      await until(() => peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING);
      return peer;
    };
    const first = await join(server);
    const renewed = await makeIdentity('renewed');
    expect(target.setTlsOptions(TLSOptions.server(renewed.key, server.certificate))).toBe(
      ErrorCode.ERR_INVALID_PARAMETER,
    );
    expect(target.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
    expect((await join(server)).getReadyState()).toBe(WebSocketPeer.STATE_OPEN);
    expect(target.setTlsOptions(TLSOptions.client())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(target.setTlsOptions(TLSOptions.server(renewed.key, renewed.certificate))).toBe(ErrorCode.OK);
    expect(target.getLastFailure()).toBeNull();
    const [late, old] = [await join(renewed), await join(server)];
    expect([late.getReadyState(), old.getLastFailure()?.code]).toEqual([
      WebSocketPeer.STATE_OPEN,
      'TICKPEER_TLS_CERTIFICATE',
    ]);
    for (const peer of [first, late]) {
      peer.sendText('still here');
      await until(() => peer.getAvailablePacketCount() > 0);
      expect([...peer.packets()]).toEqual(['still here!']);
    }
    expect(target.getPeerCount()).toBe(3);
    target.stop();
    expect(target.setTlsOptions(TLSOptions.server(server.key, server.certificate))).toBe(ErrorCode.ERR_UNCONFIGURED);
  });
});

describe('a redirect', () => {
  /** Redirects to `to`, over TLS, and asks for a certificate. Returns the certificates that it got. */
  async function startRedirecting(to: (path: string) => string): Promise<{ port: number; shown: boolean[] }> {
    const shown: boolean[] = [];
    const https = createServer({
      key: server.keyPem,
      cert: server.certificatePem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    https.on('upgrade', (request, socket) => {
      // The server listens with TLS.
      shown.push(Object.keys((socket as TLSSocket).getPeerCertificate()).length > 0);
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${to(request.url ?? '')}\r\nContent-Length: 0\r\n\r\n`);
    });
    closers.push(() => https.close());
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    return { port: (https.address() as AddressInfo).port, shown };
  }

  async function follow(url: string, target: WebSocketServer, extra: object = {}, unsafe = false) {
    const peer = new WebSocketPeer({ maxRedirects: 5 });
    closers.push(() => peer.close(-1));
    const { key, certificate } = good;
    const own = { key, certificate, ...extra };
    const options = unsafe ? TLSOptions.clientUnsafe(null, own) : TLSOptions.client(server.certificate, '', own);
    expect(peer.connectToUrl(url, options)).toBe(ErrorCode.OK);
    await until(() => {
      peer.poll();
      target.poll();
      return target.isRequestAvailable();
    });
    return target.takeRequest()?.clientCertificate ?? null;
  }

  test.each([false, true])('to another origin sends no certificate (unsafe: %s)', async (unsafe) => {
    const target = listen('request');
    const first = await startRedirecting(() => `wss://127.0.0.1:${target.getLocalPort()}/`);
    expect(await follow(`wss://127.0.0.1:${first.port}/`, target, {}, unsafe)).toBeNull();
    expect(first.shown).toEqual([true]);
  });

  test('within the origin sends it, but not after a redirect elsewhere and back', async () => {
    const target = listen('request');
    let here = 0;
    const away = await startRedirecting(() => `wss://127.0.0.1:${here}/back`);
    const paths: Record<string, string> = {
      '/': '/again',
      '/again': `wss://127.0.0.1:${away.port}/`,
      '/back': `wss://127.0.0.1:${target.getLocalPort()}/`,
    };
    const first = await startRedirecting((path) => paths[path] ?? '');
    here = first.port;
    expect(await follow(`wss://127.0.0.1:${first.port}/`, target)).toBeNull();
    expect([first.shown, away.shown]).toEqual([[true, true, false], [false]]);
  });

  test('to another origin sends it when certificateForRedirects is true', async () => {
    const target = listen('request');
    const first = await startRedirecting(() => `wss://127.0.0.1:${target.getLocalPort()}/`);
    const shown = await follow(`wss://127.0.0.1:${first.port}/`, target, { certificateForRedirects: true });
    expect(shown?.toNodeCertificates()[0]?.subject).toBe('CN=player one');
    expect(() => TLSOptions.client(null, '', { certificateForRedirects: 1 as unknown as boolean })).toThrow(TypeError);
    const { key, certificate } = server;
    expect(() => TLSOptions.server(key, certificate, { certificateForRedirects: true })).toThrow(TypeError);
  });
});
