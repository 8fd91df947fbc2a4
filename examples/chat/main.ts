// What `npm start` runs: two servers, one plain and one over TLS, a client of ours that checks both, then a chat for all.
//
//   npm start                      npm start -- --once                      npm start -- --port 8000 --tls-port 8443
import { parseArgs } from 'node:util';
import { Crypto, ErrorCode, State, TLSOptions, WebSocketServer, type WebSocketServerOptions } from 'tickpeer';
import { ChatRoom } from './chat-room.js';
import { type Report, selfCheck } from './self-check.js';

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    port: { type: 'string', default: '9080' },
    'tls-port': { type: 'string', default: '9443' },
  },
});

const crypto = new Crypto();
const key = crypto.generateEc();
const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=localhost', undefined, undefined, {
  subjectAltNames: ['localhost', '127.0.0.1', '::1'],
});

const tlsOptions = TLSOptions.server(key, certificate);

try {
  const checked = open({ supportedProtocols: ['chat'] }, 0, 0);
  print(await selfCheck(checked.url, null));
  print(await selfCheck(checked.secureUrl, TLSOptions.client(certificate)));
  checked.stop();
  console.log('The self-check passed.\n');
} catch (error) {
  console.error(`The self-check failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

if (!values.once) {
  const chat = open({ heartbeatInterval: 20 }, Number(values.port), Number(values['tls-port']));
  console.log('The chat is open. Join it with any WebSocket client:');
  console.log(`  ${chat.url}`);
  console.log(`  ${chat.secureUrl}   (a certificate made just now: tell your client to accept it)`);
  console.log(`To listen in, from another terminal:  npm run --silent example -- client ${chat.url}`);
  console.log('Ctrl+C closes it.');
  process.once('SIGINT', chat.stop);
  process.once('SIGTERM', chat.stop);
}

/** Two servers, one plain and one over TLS, with one chat room on them, ticking 60 times a second until it is stopped. */
function open(options: WebSocketServerOptions, port: number, tlsPort: number) {
  const plain = new WebSocketServer(options);
  const secure = new WebSocketServer(options);
  const url = `ws://127.0.0.1:${listen(plain, port, null)}`;
  const secureUrl = `wss://127.0.0.1:${listen(secure, tlsPort, tlsOptions)}`;
  const room = new ChatRoom([plain, secure]);
  const ticks = setInterval(() => {
    room.tick();
    if (plain.isStopped() && secure.isStopped()) clearInterval(ticks);
  }, 1000 / 60);
  const stop = (): void => {
    for (const server of [plain, secure]) server.stop({ timeLimit: 2, reason: 'the chat closes' });
  };
  return { url, secureUrl, stop };
}

/** The port asked for, or a free one if that is taken. */
function listen(server: WebSocketServer, port: number, tls: TLSOptions | null): number {
  let result = server.listen(port, '*', tls);
  if (result === ErrorCode.ERR_ALREADY_IN_USE) result = server.listen(0, '*', tls);
  if (result !== ErrorCode.OK) {
    console.error(`Cannot listen on ${port}: ${server.getLastFailure()?.message}`);
    process.exit(1);
  }
  return server.getLocalPort();
}

function print(report: Report): void {
  const { statistics } = report;
  const names = report.states.map((state) => State[state].replace('STATE_', ''));
  console.log(report.url);
  console.log(`  states      ${names.join(' > ')}`);
  console.log(`  protocol    ${report.protocol}`);
  console.log(
    `  packets     ${statistics.packetsSent} sent, ${statistics.packetsReceived} received ` +
      `(${report.textPackets} text, and ${report.binarySize} bytes that came back as they went)`,
  );
  console.log(`  round trip  ${statistics.roundTripTime.toFixed(2)} ms`);
  console.log(`  closed      ${report.closeCode} "${report.closeReason}"\n`);
}
