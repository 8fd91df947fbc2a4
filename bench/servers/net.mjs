// A bare socket of node:net or node:tls that echoes bytes, without WebSocket: the practical limit.
import net from 'node:net';
import tls from 'node:tls';
import { certificate, key, ready } from './subject.mjs';

function onData(chunk) {
  this.write(chunk);
}

function onSocket(socket) {
  socket.setNoDelay(true);
  socket.on('data', onData);
  socket.on('error', () => socket.destroy());
}

const server = key === null ? net.createServer(onSocket) : tls.createServer({ key, cert: certificate }, onSocket);
server.listen(0, '0.0.0.0', () => ready(server.address().port));
