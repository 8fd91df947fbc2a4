import {
  CONNECTION_DEFAULTS,
  Connection,
  ConnectionState,
  type DeflateCodec,
  type DeflateSettings,
  type Extension,
  Opcode,
  PermessageDeflate,
  type Role,
} from '../../src/protocol/index.ts';
import { drainOutput } from '../support/connection.ts';
import { concat } from '../support/frames.ts';
import { seededPlatform } from '../support/platform.ts';
import type { CaseDeflate, Ending, FrameCase, Packet } from './case.ts';
import { pieces, type Split } from './split.ts';
import { CLOSE, compareFrames, describeBytes, encodeFrames, payloadBytes } from './wire.ts';

/** The default settings of `permessage-deflate` in a case. */
export const DEFLATE: DeflateSettings = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 0,
  level: -1,
  memLevel: 8,
};

/** The result of a run, in the form of a case. */
export interface Outcome {
  readonly packets: readonly Packet[];
  readonly sent: Uint8Array;
  readonly ending: string;
}

/** An `Extension` as if both sides had agreed on exactly `deflate`. */
export function agreedExtension(role: Role, deflate: CaseDeflate, codec: DeflateCodec): Extension {
  const settings = { ...DEFLATE, ...deflate };
  const factory = new PermessageDeflate(settings, codec);
  if (role === 'server') {
    const answer = factory.answer(new PermessageDeflate(settings, codec).offer());
    if (answer === null) throw new Error('the offer was declined');
    return answer.extension;
  }
  const params = [
    ...(settings.serverNoContextTakeover ? [{ name: 'server_no_context_takeover', value: null }] : []),
    ...(settings.clientNoContextTakeover ? [{ name: 'client_no_context_takeover', value: null }] : []),
    { name: 'server_max_window_bits', value: `${settings.serverMaxWindowBits}` },
    { name: 'client_max_window_bits', value: `${settings.clientMaxWindowBits}` },
  ];
  const extension = factory.accept(params);
  if ('code' in extension) throw new Error(extension.message);
  return extension;
}

/** Runs a case on a `Connection`. Returns what is wrong, or null. */
export function runOnConnection(test: FrameCase, role: Role, split: Split, codec: DeflateCodec | null): string | null {
  const extension = test.deflate === undefined || codec === null ? null : agreedExtension(role, test.deflate, codec);
  const connection = new Connection(
    role,
    { ...CONNECTION_DEFAULTS, ...test.settings },
    seededPlatform(1),
    0,
    extension,
  );
  const packets: Packet[] = [];
  const sent: Uint8Array[] = [];
  const takeOne = (): void => {
    const isText = connection.isFirstText;
    const packet = connection.takePacket(0) ?? new Uint8Array(0);
    packets.push(isText ? decodeText(packet) : packet);
    if (test.isEchoed) connection.send(packet, isText ? Opcode.TEXT : Opcode.BINARY);
  };
  const takeAll = (): void => {
    while (connection.packetCount > 0) takeOne();
  };
  for (const [at, step] of test.steps.entries()) {
    if ('receive' in step) {
      const seed = `${test.name} ${role} ${at}`;
      for (const chunk of pieces(encodeFrames(role, step.receive, step.cut), split, seed)) {
        connection.receive(chunk, 0);
        if (test.isEchoed) takeAll();
      }
    } else if ('send' in step) {
      connection.send(payloadBytes(step.send), typeof step.send === 'string' ? Opcode.TEXT : Opcode.BINARY);
    } else if ('close' in step) {
      connection.close(step.close, step.reason ?? '', 0);
    } else if ('take' in step) {
      for (let taken = 0; taken < step.take && connection.packetCount > 0; taken++) takeOne();
    } else {
      connection.receiveEnd(null, 0);
    }
    sent.push(drainOutput(connection));
  }
  takeAll();
  connection.conclude();
  sent.push(drainOutput(connection));
  return judge(test, role, { packets, sent: concat(sent), ending: describeConnection(connection) });
}

function describeConnection(connection: Connection): string {
  if (connection.state === ConnectionState.OPEN) return 'open';
  if (connection.state === ConnectionState.CLOSING) return 'closing';
  return describeEnd(
    connection.isClean,
    connection.closeCode,
    connection.closeReason,
    connection.failure?.code ?? null,
  );
}

export function describeEnd(isClean: boolean, code: number, reason: string, failure: string | null): string {
  return `${isClean ? 'clean' : 'unclean'} ${code} ${failure === null ? JSON.stringify(reason) : failure}`;
}

/** Compares packets, bytes and end with the case. Returns what is wrong, or null. */
export function judge(test: FrameCase, role: Role, { packets, sent, ending }: Outcome): string | null {
  const expected = describeEnding(test.ending);
  if (ending !== expected) return `ended ${ending}, expected ${expected}`;
  return comparePackets(packets, test.packets) ?? compareFrames(role, sent, expectedFrames(test));
}

function expectedFrames({ answers, ending }: FrameCase): FrameCase['answers'] {
  const isAnswered = typeof ending === 'object' && 'failure' in ending && ending.answer !== null;
  return isAnswered ? [...answers, { opcode: CLOSE, code: ending.answer }] : answers;
}

function describeEnding(ending: Ending): string {
  if (typeof ending === 'string') return ending;
  if ('failure' in ending) return describeEnd(false, -1, '', ending.failure);
  return describeEnd(true, ending.code, ending.reason ?? '', null);
}

export function comparePackets(got: readonly Packet[], wanted: readonly Packet[]): string | null {
  if (got.length !== wanted.length) return `delivered ${got.length} packets, expected ${wanted.length}`;
  for (const [at, packet] of got.entries()) {
    const other = wanted[at]!;
    const isSame = typeof packet === typeof other && Buffer.compare(payloadBytes(packet), payloadBytes(other)) === 0;
    if (!isSame) return `packet ${at} is ${describePacket(packet)}, expected ${describePacket(other)}`;
  }
  return null;
}

function describePacket(packet: Packet): string {
  return `${typeof packet === 'string' ? 'text' : 'binary'} ${describeBytes(payloadBytes(packet))}`;
}

/** Keeps byte order marks, and makes invalid UTF-8 visible. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
