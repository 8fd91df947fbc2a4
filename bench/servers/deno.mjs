// Deno's server, in Deno.
import { askForTick, certificate, isTick, key, nextSnapshots, ready } from './subject.mjs';

const clients = new Set();

function sendTick() {
  const messages = nextSnapshots();
  for (const client of clients) for (const message of messages) client.send(message);
}

function onMessage({ data }) {
  if (isTick) askForTick(sendTick);
  else this.send(data);
}

function onClose() {
  clients.delete(this);
}

globalThis.Deno.serve(
  {
    port: 0,
    hostname: '0.0.0.0',
    onListen: ({ port }) => ready(port),
    ...(key === null ? {} : { key, cert: certificate }),
  },
  (request) => {
    const { socket, response } = globalThis.Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = 'arraybuffer';
    if (isTick) socket.onopen = () => clients.add(socket);
    socket.onmessage = onMessage;
    socket.onclose = onClose;
    return response;
  },
);
