// A WebSocket server over TLS, by hand: TCPServer, StreamPeerTLS and WebSocketPeer.acceptStream, a small chat on top, and a
// graceful stop. This is what WebSocketServer does for you; write it yourself when you want to decide every step.
//
//   npm run example -- websocket-server-tls [port]
import {
  Crypto,
  ErrorCode,
  logTo,
  type StopResult,
  StreamPeerTLS,
  TCPServer,
  TLSOptions,
  WebSocketPeer,
} from 'tickpeer';
import { stopOnSignal } from './stop-on-signal.js';

/** A client that is not ready yet: first TLS, then the WebSocket handshake. */
interface Pending {
  readonly tls: StreamPeerTLS;
  readonly since: number;
  socket: WebSocketPeer | null;
}

logTo(console, { level: 'warn' });

const HANDSHAKE_TIME = 3000;
/** How long members may take to leave when the server stops. */
const STOP_TIME = 2000;

const crypto = new Crypto();
const key = crypto.generateEc();
const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=localhost', undefined, undefined, {
  subjectAltNames: ['localhost', '127.0.0.1', '::1'],
});
const tlsOptions = TLSOptions.server(key, certificate);

const server = new TCPServer();
const result = server.listen(Number(process.argv[2] ?? 9443));
if (result !== ErrorCode.OK) {
  console.error(server.getLastFailure()?.message);
  process.exit(1);
}
console.log(`wss://127.0.0.1:${server.getLocalPort()}, with a new self-signed certificate. Ctrl+C stops it.`);

let pending: Pending[] = [];
const members = new Map<WebSocketPeer, string>();
let nextNumber = 1;
/** How members have left since the stop began. */
let ended = { closed: 0, lost: 0, dropped: 0 };
let stopDeadline = Number.POSITIVE_INFINITY;
let onStopped: (results: readonly StopResult[]) => void = () => {};

function tell(text: string): void {
  console.log(text);
  for (const member of members.keys()) {
    // A member that reads too slowly is disconnected, so that it does not delay the others.
    if (member.sendText(text) === ErrorCode.ERR_OUT_OF_MEMORY) member.close(1013, 'too slow');
  }
}

function acceptConnections(): void {
  while (server.isConnectionAvailable()) {
    const tcp = server.takeConnection();
    if (tcp === null) return;
    const tls = new StreamPeerTLS();
    if (tls.acceptStream(tcp, tlsOptions) !== ErrorCode.OK) continue;
    pending.push({ tls, since: performance.now(), socket: null });
  }
}

/** Continues one handshake. Returns false when it has succeeded or failed. */
function handshake(client: Pending): boolean {
  if (performance.now() - client.since > HANDSHAKE_TIME) {
    client.socket?.close(-1);
    client.tls.disconnectFromStream();
    return false;
  }
  if (client.socket === null) {
    client.tls.poll();
    const status = client.tls.getStatus();
    if (status === StreamPeerTLS.STATUS_HANDSHAKING) return true;
    if (status !== StreamPeerTLS.STATUS_CONNECTED) return false;
    client.socket = new WebSocketPeer();
    client.socket.acceptStream(client.tls);
  }
  client.socket.poll();
  const state = client.socket.getReadyState();
  if (state === WebSocketPeer.STATE_CONNECTING) return true;
  if (state === WebSocketPeer.STATE_OPEN) {
    const name = `guest ${nextNumber++}`;
    members.set(client.socket, name);
    tell(`${name} came in.`);
  }
  return false;
}

function pollMember(member: WebSocketPeer, name: string): void {
  member.poll();
  if (member.getReadyState() === WebSocketPeer.STATE_CLOSED) {
    members.delete(member);
    if (member.getCloseCode() >= 0) ended.closed++;
    else if (member.getLastFailure()?.code === 'TICKPEER_DROPPED') ended.dropped++;
    else ended.lost++;
    tell(`${name} left (${member.getCloseCode()}).`);
    return;
  }
  for (const packet of member.packets()) {
    if (typeof packet === 'string') tell(`${name}: ${packet}`);
  }
}

function processFrame(): void {
  acceptConnections();
  pending = pending.filter(handshake);
  if (performance.now() >= stopDeadline) for (const member of members.keys()) member.close(-1);
  for (const [member, name] of [...members]) pollMember(member, name);
  if (server.isListening() || members.size > 0) return;
  clearInterval(frames);
  onStopped([ended]);
}

const frames = setInterval(processFrame, 1000 / 60);

stopOnSignal(() => {
  processFrame(); // Peers accepted since the last one are members.
  server.stop();
  for (const { socket, tls } of pending) {
    socket?.close(-1);
    tls.disconnectFromStream();
  }
  pending = [];
  ended = { closed: 0, lost: 0, dropped: 0 };
  stopDeadline = performance.now() + STOP_TIME;
  for (const member of members.keys()) member.close(1001, 'the server stops');
  return new Promise((resolve) => {
    onStopped = resolve;
  });
});
