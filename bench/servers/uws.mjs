// uWebSockets.js, as published again on npm. It gathers writes in message handlers and with cork().
import { createRequire } from 'node:module';
import { askForTick, isTick, LIMIT, nextSnapshots, ready, settings, wantsStrings } from './subject.mjs';

// The variable names a copy of its binary, see uws-on-old-glibc.mjs.
const uws = createRequire(import.meta.url)(process.env['TICKPEER_BENCH_UWS'] ?? '@btc-vision/uwebsockets.js');
const clients = new Set();
const { identity } = settings;
const app = identity ? uws.SSLApp({ key_file_name: identity.key, cert_file_name: identity.certificate }) : uws.App();
const compression =
  settings.deflate === undefined
    ? uws.DISABLED
    : (settings.deflate === 'none' ? uws.SHARED_COMPRESSOR : uws.DEDICATED_COMPRESSOR_256KB) | uws.SHARED_DECOMPRESSOR;

function sendTick() {
  const messages = nextSnapshots();
  if (settings.isBroadcast) {
    for (const message of messages) app.publish('all', message, true);
    return;
  }
  for (const client of clients) {
    client.cork(() => {
      for (const message of messages) client.send(message, true);
    });
  }
}

app.ws('/*', {
  compression,
  maxPayloadLength: LIMIT,
  maxBackpressure: LIMIT,
  idleTimeout: 0,
  sendPingsAutomatically: false,
  open(client) {
    if (isTick) clients.add(client);
    if (settings.isBroadcast) client.subscribe('all');
  },
  close(client) {
    clients.delete(client);
  },
  message(client, message, isBinary) {
    if (isTick) askForTick(sendTick);
    else if (wantsStrings) client.send(Buffer.from(message).toString());
    else client.send(message, isBinary, settings.deflate !== undefined);
  },
});
app.listen('0.0.0.0', 0, (socket) => ready(uws.us_socket_local_port(socket)));
