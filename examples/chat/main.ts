// What `npm start` runs: two servers, one plain and one over TLS, a client of ours that checks both, then a chat for all.
//
//   npm start                      npm start -- --once                      npm start -- --port 8000 --tls-port 8443
import { parseArgs } from 'node:util';
import { Crypto, ErrorCode, State, TLSOptions, WebSocketServer } from 'tickpeer';
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

const plain = new WebSocketServer({ supportedProtocols: ['chat'], heartbeatInterval: 20 });
const secure = new WebSocketServer({ supportedProtocols: ['chat'], heartbeatInterval: 20 });
const url = `ws://127.0.0.1:${listen(plain, values.port, null)}`;
const secureUrl = `wss://127.0.0.1:${listen(secure, values['tls-port'], TLSOptions.server(key, certificate))}`;

const room = new ChatRoom([plain, secure]);
const ticks = setInterval(() => {
  room.tick();
  if (plain.isStopped() && secure.isStopped()) clearInterval(ticks);
}, 1000 / 60);

try {
  print(await selfCheck(url, null));
  print(await selfCheck(secureUrl, TLSOptions.client(certificate)));
  console.log('The self-check passed.\n');
} catch (error) {
  console.error(`The self-check failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

if (values.once || process.exitCode === 1) {
  stop();
} else {
  console.log('The chat is open. Join it with any WebSocket client that speaks the sub-protocol "chat":');
  console.log(`  ${url}`);
  console.log(`  ${secureUrl}   (a certificate of its own: tell your client to accept it)`);
  console.log(`From this folder, in another terminal:  npx wscat -s chat -c ${url}`);
  console.log('Ctrl+C closes it.');
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** The port asked for, or a free one if that is taken. */
function listen(server: WebSocketServer, port: string, tlsOptions: TLSOptions | null): number {
  const wanted = values.once ? 0 : Number(port);
  let result = server.listen(wanted, '*', tlsOptions);
  if (result === ErrorCode.ERR_ALREADY_IN_USE) result = server.listen(0, '*', tlsOptions);
  if (result !== ErrorCode.OK) {
    console.error(`Cannot listen on ${port}: ${server.getLastFailure()?.message}`);
    process.exit(1);
  }
  return server.getLocalPort();
}

function stop(): void {
  plain.stop({ timeLimit: 2, reason: 'the chat closes' });
  secure.stop({ timeLimit: 2, reason: 'the chat closes' });
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
