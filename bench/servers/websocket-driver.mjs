// websocket-driver, the protocol under faye-websocket, on a socket of node:http.
import { createServer } from 'node:http';
import driver from 'websocket-driver';
import { askForTick, isTick, LIMIT, nextSnapshots, ready } from './subject.mjs';

const connections = new Set();

function sendTick() {
  const messages = nextSnapshots().map((message) => Buffer.from(message));
  for (const connection of connections) for (const message of messages) connection.binary(message);
}

const http = createServer();
http.on('upgrade', (request, socket, body) => {
  const connection = driver.http(request, { maxLength: LIMIT });
  socket.setNoDelay(true);
  connection.io.write(body);
  socket.pipe(connection.io).pipe(socket);
  connections.add(connection);
  socket.on('close', () => connections.delete(connection));
  socket.on('error', () => socket.destroy());
  connection.on('message', ({ data }) => {
    if (isTick) askForTick(sendTick);
    else if (typeof data === 'string') connection.text(data);
    else connection.binary(data);
  });
  connection.start();
});
http.listen(0, '0.0.0.0', () => ready(http.address().port));
