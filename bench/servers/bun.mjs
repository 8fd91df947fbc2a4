// Bun's server, in Bun.
import {
  askForTick,
  certificate,
  isTick,
  key,
  LIMIT,
  nextSnapshots,
  ready,
  settings,
  wantsStrings,
} from './subject.mjs';

const clients = new Set();

function sendTick() {
  const messages = nextSnapshots();
  if (settings.isBroadcast) {
    for (const message of messages) server.publish('all', message);
    return;
  }
  for (const client of clients) {
    client.cork(() => {
      for (const message of messages) client.sendBinary(message);
    });
  }
}

const server = globalThis.Bun.serve({
  port: 0,
  hostname: '0.0.0.0',
  ...(key === null ? {} : { tls: { key, cert: certificate } }),
  fetch: (request, own) => (own.upgrade(request) ? undefined : new Response(null, { status: 400 })),
  websocket: {
    maxPayloadLength: LIMIT,
    backpressureLimit: LIMIT,
    idleTimeout: 0,
    sendPings: false,
    perMessageDeflate:
      settings.deflate === undefined
        ? false
        : { compress: settings.deflate === 'none' ? 'shared' : 'dedicated', decompress: 'shared' },
    open(client) {
      if (isTick) clients.add(client);
      if (settings.isBroadcast) client.subscribe('all');
    },
    close(client) {
      clients.delete(client);
    },
    message(client, message) {
      if (isTick) askForTick(sendTick);
      else if (typeof message === 'string') client.sendText(message, settings.deflate !== undefined);
      else if (wantsStrings) client.sendText(String(message));
      else client.sendBinary(message, settings.deflate !== undefined);
    },
  },
});
ready(server.port);
