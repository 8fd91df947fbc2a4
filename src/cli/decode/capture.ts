import { readFileSync, statSync } from 'node:fs';
import { isFailure } from '../../failure.ts';
import { RecordedKind, RecordingReader } from '../../testing/index.ts';
import type { CaptureEvent, ProgressEvent } from './capture-event.ts';
import { BrokenCapture, FileBytes } from './file-bytes.ts';
import { eventsOfHar } from './har.ts';
import { HeldBytes } from './held-bytes.ts';
import { isPcap, packetsOf } from './pcap.ts';
import { TcpConnections } from './tcp-connections.ts';
import { WebSocketConversation } from './websocket-conversation.ts';

/** A HAR is one JSON text, which has to fit into memory. */
const LARGEST_HAR = 400 * 1024 * 1024;
const RECORDING = 'TPRC';
const KINDS = 'A capture is a file of tcpdump -w, or what tickpeer record or a browser has saved.';
const MOST_CONNECTIONS = 65_536;
/** Packets, or events of a recording. */
const PROGRESS_AFTER = 1000;

/**
 * What is in a capture: pcap, pcapng, HAR, or a recording of tickpeer. Throws Node's error when the file cannot be read, and
 * `BrokenCapture` where it is cut off or damaged: what was before has been returned by then.
 */
export function* eventsOf(path: string): Generator<CaptureEvent | ProgressEvent> {
  const file = new FileBytes(path);
  try {
    const start = file.peek(4);
    if (start === null) throw new BrokenCapture('it has less than four bytes', KINDS);
    if (isPcap(start)) yield* eventsOfPcap(file);
    else if (start.toString('latin1') === RECORDING) yield* eventsOfRecording(file);
    else if (/^(\u00ef\u00bb\u00bf)?\s*\{/.test(start.toString('latin1'))) yield* eventsOfHar(readHar(path));
    else throw new BrokenCapture('it is neither pcap, pcapng, HAR nor a recording of tickpeer', KINDS);
  } finally {
    file.close();
  }
}

function* eventsOfPcap(file: FileBytes): Generator<CaptureEvent | ProgressEvent> {
  let events: CaptureEvent[] = [];
  let time = 0;
  const connections = new TcpConnections((event) => events.push(event));
  const take = (): CaptureEvent[] => {
    const taken = events;
    events = [];
    return taken;
  };
  let broken: BrokenCapture | null = null;
  let count = 0;
  try {
    for (const packet of packetsOf(file)) {
      ({ time } = packet);
      connections.take(packet);
      if (++count % PROGRESS_AFTER === 0) yield { kind: 'progress', share: file.share };
      if (events.length > 0) yield* take();
    }
  } catch (error) {
    if (!(error instanceof BrokenCapture)) throw error;
    broken = error;
  }
  connections.finish(time);
  yield* take();
  const { fragments, unknownLinks, cutOff } = connections;
  const notice = (text: string): CaptureEvent => ({ kind: 'notice', time, connection: 0, text });
  if (fragments > 0) yield notice(`${fragments} fragments of IP packets are left out`);
  if (unknownLinks > 0) yield notice(`${unknownLinks} packets of a link that is not known are left out`);
  if (cutOff > 0)
    yield notice(`${cutOff} packets are cut off in their headers, and left out; tcpdump -s 0 captures them in full`);
  if (broken !== null) throw broken;
}

function* eventsOfRecording(file: FileBytes): Generator<CaptureEvent | ProgressEvent> {
  const reader = new RecordingReader((count) => file.take(count));
  const header = reader.header();
  if (isFailure(header)) throw new BrokenCapture(header.message, KINDS);
  let events: CaptureEvent[] = [];
  const conversations = new Map<number, WebSocketConversation>();
  const held = new HeldBytes();
  let count = 0;
  for (let event = reader.next(); event !== null; event = reader.next()) {
    if (isFailure(event)) throw new BrokenCapture(event.message);
    const { kind, connection, data } = event;
    const time = (header.startedAt + event.time) / 1000;
    const known = conversations.get(connection);
    if (kind === RecordedKind.OPENED) {
      if (conversations.size >= MOST_CONNECTIONS) throw new BrokenCapture('it has too many connections at once');
      const ends = { client: new TextDecoder().decode(data), server: 'server' };
      conversations.set(
        connection,
        new WebSocketConversation(connection, ends, (found) => events.push(found), { held }),
      );
    } else if (kind === RecordedKind.RECEIVED) known?.receive(true, Buffer.from(data), time);
    else if (kind === RecordedKind.SENT) known?.receive(false, Buffer.from(data), time);
    else if (kind === RecordedKind.ENDED) known?.end('end', true, time);
    else if (kind === RecordedKind.CLOSED) known?.end('end', false, time);
    else if (kind === RecordedKind.FAILED || kind === RecordedKind.DROPPED) {
      const isReset = kind === RecordedKind.FAILED;
      known?.end(isReset ? 'reset' : 'end', isReset, time);
      known?.release();
      conversations.delete(connection);
    }
    if (++count % PROGRESS_AFTER === 0) yield { kind: 'progress', share: file.share };
    if (events.length > 0) yield* events;
    events = [];
  }
}

function readHar(path: string): string {
  const { size } = statSync(path);
  if (size > LARGEST_HAR)
    throw new BrokenCapture(
      `it is JSON of ${size} bytes, and at most ${LARGEST_HAR} are read`,
      'Save fewer requests: filter the list by WS.',
    );
  return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
}
