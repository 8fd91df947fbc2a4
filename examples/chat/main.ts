// A chat over two servers, one plain and one over TLS.
//
//   npm run example -- chat                      npm run example -- chat --port 8000 --tls-port 8443
import { parseArgs } from 'node:util';
import { stopOnSignal } from '../stop-on-signal.js';
import { openChat } from './chat-servers.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9080' },
    'tls-port': { type: 'string', default: '9443' },
  },
});

const chat = await openChat({ heartbeatInterval: 20 }, Number(values.port), Number(values['tls-port']));
console.log('The chat is open. Join it with any WebSocket client:');
console.log(`  ${chat.url}`);
console.log(`  ${chat.secureUrl}   (a certificate made just now: tell your client to accept it)`);
console.log(`To listen in, from another terminal:  npm run --silent example -- client ${chat.url}`);
console.log('Ctrl+C closes it.');
stopOnSignal(chat.stop);
