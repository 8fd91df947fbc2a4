import type { WebSocketServerOptions } from 'tickpeer';
import { expect } from 'vitest';
import { concat, KEY, type RawFrame, rawFrame, readFrames } from './frames.ts';
import { drive, type OurServer, serve } from './peers.ts';
import { dialRaw, type RawEnd, upgradeRequest } from './raw-tcp.ts';

/** Sends `request` to a server with `options` and waits for the whole response. */
export async function ask(
  request: string | Uint8Array,
  options: WebSocketServerOptions = {},
): Promise<{ raw: RawEnd; server: ReturnType<typeof serve> }> {
  const server = serve(options);
  const raw = await dialRaw(server.port);
  raw.write(request);
  await drive(server, () => raw.hasEnded || raw.isClosed);
  return { raw, server };
}

export function expectRefusal(raw: RawEnd, status: number): void {
  expect(raw.status).toBe(status);
  expect(raw.header('Connection')).toContain('close');
  expect(raw.header('Content-Type')).toBe('text/plain; charset=utf-8');
  expect(Number(raw.header('Content-Length'))).toBe(raw.body.length);
  expect(raw.body.length).toBeGreaterThan(10);
}

/** A raw client whose request was accepted. */
export async function upgrade(server: OurServer, headers: Record<string, string> = {}): Promise<RawEnd> {
  const raw = await dialRaw(server.port);
  const before = server.peers.length;
  raw.write(upgradeRequest(headers));
  await drive(server, () => raw.hasHead && server.peers.length === before + 1);
  expect(raw.status).toBe(101);
  return raw;
}

/** A masked frame, as a client sends it. */
export function frame(opcode: number, payload: string | Uint8Array = '', more: Partial<RawFrame> = {}): Uint8Array {
  return rawFrame({ opcode, payload, key: KEY, ...more });
}

export function closeFrame(code: number, reason = ''): Uint8Array {
  return frame(8, concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]));
}

/** The Close frame among what the server sent: its code and reason. */
export function closeOf(raw: RawEnd): { code: number; reason: string } | null {
  const close = readFrames(raw.body).find(({ opcode }) => opcode === 8);
  if (close === undefined) return null;
  if (close.payload.length === 0) return { code: 1005, reason: '' };
  return { code: (close.payload[0]! << 8) | close.payload[1]!, reason: Buffer.from(close.payload.slice(2)).toString() };
}
