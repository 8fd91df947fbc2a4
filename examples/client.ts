// The class reference's sample, line by line. In the engine, `_ready` and `_process` are called for you; here a timer does.
//
//   npm run example -- client ws://127.0.0.1:9080
import { ErrorCode, logTo, WebSocketPeer } from 'tickpeer';

logTo(console); // the reasons, which the sample does not have
const socket = new WebSocketPeer();

function ready(): void {
  if (socket.connectToUrl(process.argv[2] ?? 'ws://127.0.0.1:9080') === ErrorCode.OK) return;
  console.error(socket.getLastFailure()?.message);
  process.exit(1);
}

function processFrame(): void {
  socket.poll();
  const state = socket.getReadyState();
  if (state === WebSocketPeer.STATE_OPEN) {
    while (socket.getAvailablePacketCount()) {
      console.log('Packet: ', socket.getPacket());
    }
  } else if (state === WebSocketPeer.STATE_CLOSING) {
    // Keep polling to achieve proper close.
  } else if (state === WebSocketPeer.STATE_CLOSED) {
    const code = socket.getCloseCode();
    const reason = socket.getCloseReason();
    console.log(`WebSocket closed with code: ${code}, reason ${reason}. Clean: ${code !== -1}`);
    clearInterval(frames); // Stop processing.
  }
}

ready();
const frames = setInterval(processFrame, 1000 / 60);

// Ctrl+C closes the connection; the loop above continues until it is closed.
process.once('SIGINT', () => socket.close(1000, 'the user left'));
