// A chat over two servers, one plain and one over TLS.
//
//   npm run example -- chat                      npm run example -- chat --port 8000 --tls-port 8443
import { logTo } from 'tickpeer';
import { readOptions, wantedPort } from '../options.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { openChat } from './chat-servers.js';

const values = readOptions('npm run example -- chat [--port 9080] [--tls-port 9443]', {
  port: { type: 'string' },
  'tls-port': { type: 'string' },
});

logTo(console); // connections, disconnections and refusals, with the reason
const ports = [wantedPort(values.port), wantedPort(values['tls-port'], 'tls-port', 9443)] as const;
const chat = await openChat({ heartbeatInterval: 20 }, ...ports).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
console.log('The chat is open. Join it with any WebSocket client:');
console.log(`  ${chat.url}`);
console.log(`  ${chat.secureUrl}   (with a new self-signed certificate, which your client must accept)`);
console.log(`To join from another terminal:  npm run --silent example -- client ${chat.url}`);
console.log('Ctrl+C stops it.');
stopOnSignal(chat.stop);
