// ws: plain, or with `cork`, where the program gathers writes by a cork on the socket for each received chunk or each tick.
// The environment decides whether it uses its native add-ons (WS_NO_BUFFER_UTIL, WS_NO_UTF_8_VALIDATE).
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { WebSocketServer } from 'ws';
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

const http = key === null ? createHttpServer() : createHttpsServer({ key, cert: certificate });
const perMessageDeflate =
  settings.deflate === undefined
    ? false
    : { threshold: 0, serverNoContextTakeover: settings.deflate === 'none', clientNoContextTakeover: true };
const server = new WebSocketServer({ server: http, perMessageDeflate, maxPayload: LIMIT });

function sendTick() {
  const messages = nextSnapshots();
  for (const client of server.clients) {
    if (settings.cork) client._socket.cork();
    for (const message of messages) client.send(message);
    if (settings.cork) client._socket.uncork();
  }
}

server.on('connection', (client) => {
  const socket = client._socket;
  let isCorked = false;
  client.on('message', (data, isBinary) => {
    if (isTick) {
      askForTick(sendTick);
      return;
    }
    if (settings.cork && !isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    if (wantsStrings) client.send(data.toString());
    else client.send(data, { binary: isBinary });
  });
});

http.listen(0, '0.0.0.0', () => ready(http.address().port));
