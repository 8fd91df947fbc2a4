// The runtime's own WebSocket, in Bun and in Deno.
import { measure, message, received, sendForEver, settings } from './client.mjs';

const socket = new WebSocket(settings.url);
socket.binaryType = 'arraybuffer';
socket.onmessage = ({ data }) => received(data);
socket.onopen = () => {
  measure();
  if (settings.kind !== 'client-send') return;
  sendForEver(
    () => {
      for (let n = 0; n < settings.perFlush; n++) socket.send(message);
    },
    () => socket.bufferedAmount,
  );
};
