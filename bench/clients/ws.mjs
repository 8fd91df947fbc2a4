// ws as a client.
import WebSocket from 'ws';
import { measure, message, received, sendForEver, settings } from './client.mjs';

const socket = new WebSocket(settings.url, { perMessageDeflate: false });
socket.on('message', received);
socket.on('open', () => {
  measure();
  if (settings.kind !== 'client-send') return;
  sendForEver(
    () => {
      for (let n = 0; n < settings.perFlush; n++) socket.send(message);
    },
    () => socket.bufferedAmount,
  );
});
