// The other end of a measured client: a bare socket that sends frames made beforehand as fast as they are taken, or takes
// frames, looks at every header and compares one payload in 64.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { noise } from './payloads.mjs';
import { frame } from './plan.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455 1.3
const { kind, size } = JSON.parse(process.argv[2]);
const message = Buffer.from(noise(size, 1));
const one = frame(2, message);
const burst = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(262_144 / one.length)) }, () => one));
/** A client's frame: the header, its masking key, the payload. */
const header = frame(2, message, Buffer.alloc(4)).subarray(0, one.length - size);
header[1] |= 0x80;
const whole = header.length + 4 + size;

net
  .createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => process.exit());
    socket.on('close', () => process.exit());
    socket.once('data', (request) => {
      const key = /sec-websocket-key: *(\S+)/i.exec(request.toString('latin1'))?.[1];
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      if (kind === 'client-receive') flood(socket);
      else take(socket);
    });
  })
  .listen(0, '127.0.0.1', function () {
    console.log(JSON.stringify({ port: this.address().port }));
  });

function flood(socket) {
  const more = () => {
    while (socket.write(burst));
  };
  socket.on('drain', more);
  more();
}

function take(socket) {
  let rest = Buffer.alloc(0);
  let frames = 0;
  socket.on('data', (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (; at + whole <= bytes.length; at += whole) {
      for (let i = 0; i < header.length; i++) if (bytes[at + i] !== header[i]) wrong('a header');
      if ((frames++ & 63) === 0) check(bytes.subarray(at + header.length, at + whole));
    }
    rest = Buffer.from(bytes.subarray(at));
  });
}

function check(masked) {
  for (let i = 0; i < size; i++) if ((masked[i + 4] ^ masked[i & 3]) !== message[i]) wrong('a payload');
}

function wrong(what) {
  console.error(`the client sent ${what} that is not what was expected`);
  process.exit(1);
}
