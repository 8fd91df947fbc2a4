import { ErrorCode, State, type TLSOptions, WebSocketPeer } from 'tickpeer';
import { openChat } from './chat-servers.js';

const FREE_PORT = { port: 0, isGiven: true };

/** What a client saw, from connecting to the end. */
interface Report {
  readonly url: string;
  readonly states: readonly State[];
  readonly protocol: string;
  readonly textPackets: number;
  readonly binarySize: number;
  readonly statistics: ReturnType<WebSocketPeer['getStatistics']>;
  readonly closeCode: number;
  readonly closeReason: string;
}

const TIME_LIMIT = 10_000;

/** Opens a chat, joins it with TLS and without, and prints what was seen. Rejects with the reason of a failure. */
export async function checkChat(): Promise<void> {
  const chat = await openChat({ supportedProtocols: ['chat'] }, FREE_PORT, FREE_PORT);
  try {
    print(await visit(chat.url, null));
    print(await visit(chat.secureUrl, chat.clientTls));
  } finally {
    await chat.stop();
  }
}

/** Joins the chat at `url`, receives its own text and bytes, and leaves. */
async function visit(url: string, tlsOptions: TLSOptions | null): Promise<Report> {
  const socket = new WebSocketPeer({ supportedProtocols: ['chat'], heartbeatInterval: 0.05 });
  const result = socket.connectToUrl(url, tlsOptions);
  if (result !== ErrorCode.OK) throw new Error(`connectToUrl() answered ${ErrorCode[result]}`);

  const states: State[] = [];
  const bytes = new Uint8Array(1024).map((_, index) => index);
  const texts: string[] = [];
  let binarySize = 0;
  let hasSpoken = false;

  for (const end = performance.now() + TIME_LIMIT; performance.now() < end; await tick()) {
    socket.poll();
    const state = socket.getReadyState();
    if (states.at(-1) !== state) states.push(state);
    if (state === State.STATE_CLOSED) break;

    for (const packet of socket.packets()) {
      if (typeof packet === 'string') texts.push(packet);
      else if (Buffer.compare(packet, bytes) === 0) binarySize = packet.length;
      else throw new Error(`${packet.length} bytes came back that were not the ones sent`);
    }
    if (state === State.STATE_OPEN && !hasSpoken) {
      hasSpoken = true;
      expectOk(socket.sendText('grüß euch 👋'));
      expectOk(socket.send(bytes));
    }
    const hasHeard = texts.some((text) => text.endsWith(': grüß euch 👋')) && binarySize > 0;
    if (state === State.STATE_OPEN && hasHeard && socket.getStatistics().roundTripTime >= 0) {
      socket.close(1000, 'self-check done');
      states.push(socket.getReadyState());
    }
  }

  const code = socket.getCloseCode();
  if (code !== 1000) {
    const failure = socket.getLastFailure();
    const where = State[socket.getReadyState()];
    throw new Error(failure === null ? `ended in ${where} with code ${code}` : `${failure.code}: ${failure.message}`);
  }
  return {
    url,
    states,
    protocol: socket.getSelectedProtocol(),
    textPackets: texts.length,
    binarySize,
    statistics: socket.getStatistics(),
    closeCode: code,
    closeReason: socket.getCloseReason(),
  };
}

function expectOk(result: ErrorCode): void {
  if (result !== ErrorCode.OK) throw new Error(`a send was refused with ${ErrorCode[result]}`);
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 4));
}

function print(report: Report): void {
  const { statistics } = report;
  const names = report.states.map((state) => State[state].replace('STATE_', ''));
  console.log(report.url);
  console.log(`  states      ${names.join(' > ')}`);
  console.log(`  protocol    ${report.protocol}`);
  console.log(
    `  packets     ${statistics.packetsSent} sent, ${statistics.packetsReceived} received ` +
      `(${report.textPackets} text, and ${report.binarySize} bytes that came back unchanged)`,
  );
  console.log(`  round trip  ${statistics.roundTripTime.toFixed(2)} ms`);
  console.log(`  closed      ${report.closeCode} "${report.closeReason}"\n`);
}
