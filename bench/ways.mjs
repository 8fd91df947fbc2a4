// The cost of a message by each way to a server: node bench/ways.mjs
// Echo of 1 KiB, one client and one server in this process; 16 messages in flight. Rounds are interleaved; the figure is the median CPU
// time per message, both ends together, and its ratio to the first way. `npm run build` first.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { connect } from 'node:net';
import { Crypto, TLSOptions, WebSocketPeer, WebSocketServer } from '../dist/index.js';

const ROUNDS = 7;
const MESSAGES = 20_000;
const UNDER_WAY = 16;
const PAYLOAD = new Uint8Array(1024).fill(7);

const crypto = new Crypto();
const key = crypto.generateEc();
const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=127.0.0.1');
const tlsOptions = TLSOptions.clientUnsafe(certificate);

/** An HTTPS server that takes both HTTP/1.1 and HTTP/2, and one without TLS. */
const secure = createSecureServer({
  key: key.saveToString(),
  cert: certificate.saveToString(),
  allowHTTP1: true,
});
const plain = createServer();
for (const server of [secure, plain]) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer();
  sockets.onWake = () => {
    sockets.poll();
    for (const peer of sockets.readyPeers()) {
      for (let n = peer.getAvailablePacketCount(); n > 0; n--) peer.send(peer.getPacket());
    }
  };
  sockets.attach(server);
}

/** A proxy that supports CONNECT. */
const proxy = createServer();
proxy.on('connect', ({ url }, client) => {
  const [host, port] = url.split(':');
  const upstream = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
  });
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');

const [https, http] = [secure, plain].map((server) => server.address().port);
const through = { proxy: `http://127.0.0.1:${proxy.address().port}` };
const WAYS = [
  ['ws', `ws://127.0.0.1:${http}`, {}],
  ['ws through a proxy (the proxy counted, too)', `ws://127.0.0.1:${http}`, through],
  ['wss', `wss://127.0.0.1:${https}`, {}],
  ['wss over HTTP/2', `wss://127.0.0.1:${https}`, { http2: true }],
  ['wss through a proxy (the proxy counted, too)', `wss://127.0.0.1:${https}`, through],
];

const results = new Map(WAYS.map(([name]) => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, url, options] of WAYS) {
    const time = await measure(url, options);
    if (round > 0) results.get(name).push(time); // the first one warms up
  }
}
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const first = median(results.get('ws'));
for (const [name, times] of results) {
  const time = median(times);
  console.log(`${name.padEnd(46)} ${time.toFixed(2).padStart(6)} µs  ${(time / first).toFixed(2)} ×`);
}
process.exit(0);

/** CPU microseconds per message. */
async function measure(url, options) {
  const peer = new WebSocketPeer(options);
  let left = MESSAGES;
  let begun = null;
  await new Promise((resolve) => {
    peer.onWake = () => {
      peer.poll();
      if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) throw new Error(peer.getLastFailure()?.message);
      if (begun === null && peer.getReadyState() === WebSocketPeer.STATE_OPEN) {
        begun = process.cpuUsage();
        for (let n = 0; n < UNDER_WAY; n++) peer.send(PAYLOAD);
      }
      for (let n = peer.getAvailablePacketCount(); n > 0; n--) {
        peer.getPacket();
        left--;
        if (left >= UNDER_WAY) peer.send(PAYLOAD);
      }
      if (left === 0) resolve();
    };
    peer.connectToUrl(url, tlsOptions);
  });
  const { user, system } = process.cpuUsage(begun);
  peer.close(-1);
  return (user + system) / MESSAGES;
}
