// What a load sends and expects: prepared frames, in the file format that load.c reads.
import { writeFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { foreignText, gameJson, noise, snapshots } from './payloads.mjs';

const TEXT = 1;
const BINARY = 2;
const FIN = 0x80;
const RSV1 = 0x40;
const MASKED = 0x80;
const TAKEOVER_FREE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

/** One whole frame (RFC 6455 5.2); with `key`, as a client sends it. */
export function frame(firstByte, payload, key = null) {
  const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0;
  const header = Buffer.alloc(2 + long + (key === null ? 0 : 4));
  header[0] = FIN | firstByte;
  header[1] = (key === null ? 0 : MASKED) | (long === 8 ? 127 : long === 2 ? 126 : payload.length);
  if (long === 8) header.writeBigUInt64BE(BigInt(payload.length), 2);
  if (long === 2) header.writeUInt16BE(payload.length, 2);
  if (key === null) return Buffer.concat([header, payload]);
  header.set(key, header.length - 4);
  return Buffer.concat([header, payload.map((byte, index) => byte ^ key[index & 3])]);
}

/** The opening handshake's request, of a program that asks for compression or does not. */
export function upgradeRequest(deflate) {
  const lines = [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ];
  if (deflate === 'none') lines.push(`Sec-WebSocket-Extensions: ${TAKEOVER_FREE}`);
  if (deflate === 'takeover') lines.push('Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** The messages that a workload sends in its turns: `messages` a turn, of `sizes` in rotation. */
export function messagesOf({ sizes, depth, payload = 'noise', turns = 8 }) {
  return Array.from({ length: turns }, (_, turn) =>
    Array.from({ length: depth }, (_, index) => {
      const seed = turn * depth + index;
      const size = sizes[seed % sizes.length];
      if (payload === 'noise') return Buffer.from(noise(size, seed));
      return Buffer.from(payload === 'text' ? foreignText(size, seed) : gameJson(size, seed));
    }),
  );
}

/** Writes the plan of `workload` to `path`. `isRaw`: for a bare socket that echoes bytes. */
export function writePlan(path, workload, isRaw) {
  const turns = workload.kind === 'echo' ? echoTurns(workload, isRaw) : tickTurns(workload);
  const request = isRaw ? Buffer.alloc(0) : upgradeRequest(workload.deflate);
  const parts = [numbers(request.length, turns.length), request];
  for (const { messages, out, back } of turns) parts.push(numbers(messages, out.length, back.length), out, back);
  writeFileSync(path, Buffer.concat(parts));
}

function echoTurns(workload, isRaw) {
  const opcode = workload.payload === undefined || workload.payload === 'noise' ? BINARY : TEXT;
  return messagesOf(workload).map((messages, turn) => {
    const key = Buffer.from(noise(4, 7000 + turn));
    const out = messages.map((message) => {
      if (workload.deflate === undefined) return frame(opcode, message, isRaw ? null : key);
      const packed = deflateRawSync(message, { finishFlush: 2 }).subarray(0, -4); // RFC 7692 7.2.1: without 00 00 ff ff
      return frame(RSV1 | opcode, packed, key);
    });
    // Servers may compress differently: those frames are only counted, and verify.mjs checks them.
    const back = workload.deflate === undefined ? messages.map((message) => frame(opcode, message)) : [];
    return { messages: messages.length, out: Buffer.concat(out), back: Buffer.concat(back) };
  });
}

/** One small message of the first client requests the next tick. */
function tickTurns({ perTick, size }) {
  const out = frame(BINARY, Buffer.from([1]), Buffer.from([1, 2, 3, 4]));
  return snapshots(perTick, size).map((tick) => ({
    messages: perTick,
    out,
    back: Buffer.concat(tick.map((message) => frame(BINARY, message))),
  }));
}

function numbers(...values) {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value, index * 4);
  });
  return bytes;
}
