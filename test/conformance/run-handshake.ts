import { Buffer } from 'node:buffer';
import {
  ClientHandshake,
  type DeflateCodec,
  type ExtensionFactory,
  type HeadLimits,
  PermessageDeflate,
  parseUrl,
  ServerHandshake,
} from '../../src/protocol/index.ts';
import type { WebSocketPeerOptions } from '../../src/websocket/index.ts';
import { seededPlatform } from '../support/platform.ts';
import type { HandshakeCase, HandshakeOptions, RequestCase, ResponseCase } from './cases/handshake.ts';
import { acceptOf, keyOf, RawEnd } from './raw-end.ts';
import { DEFLATE } from './run-connection.ts';
import { pieces, type Split } from './split.ts';
import { encodeFrames, TEXT } from './wire.ts';

/** The first frame, which follows the head directly. */
const FIRST = [{ opcode: TEXT, payload: 'first' }];

/** Runs a case on `ClientHandshake` or `ServerHandshake`. Returns what is wrong, or null. */
export function runOnHandshake(test: HandshakeCase, split: Split, codec: DeflateCodec): string | null {
  return test.role === 'server' ? serverHandshake(test, split, codec) : clientHandshake(test, split, codec);
}

/** Runs a case on a whole `WebSocketPeer`. Returns what is wrong, or null. */
export function runHandshakeOnPeer(test: HandshakeCase, split: Split): string | null {
  const end = new RawEnd(test.role, peerOptions(test.options), split);
  const request = `${end.read()}`;
  const head = test.role === 'server' ? test.head : test.head.replaceAll('{accept}', acceptOf(keyOf(request)));
  end.write(Buffer.concat([Buffer.from(head, 'latin1'), encodeFrames(test.role, FIRST)]), split, test.name);
  end.settle();
  const { peer } = end;
  const isOpen = end.ending === 'open';
  const failure = peer.getLastFailure()?.code ?? null;
  if (isOpen !== (test.failure === null)) return `ended ${end.ending}`;
  if (failure !== test.failure) return `failed with ${failure}`;
  if (isOpen && end.packets.join() !== 'first') return 'the frame behind the head was not delivered';
  if (!isOpen && end.packets.length > 0) return 'a packet was delivered';
  if (peer.getCloseCode() !== -1) return `close code ${peer.getCloseCode()}`;
  const selected = peer.getSelectedProtocol();
  if (selected !== (isOpen ? test.protocol : '')) return `the sub-protocol is ${selected}`;
  if (test.role === 'server') return judgeAnswer(test, `${end.read().toString('latin1')}`);
  return judgeRequest(test, request);
}

function serverHandshake(test: RequestCase, split: Split, codec: DeflateCodec): string | null {
  const { protocols = [] } = test.options ?? {};
  const limits = headLimits(test.options);
  const handshake = new ServerHandshake(
    { supportedProtocols: protocols, extensions: factories(test.options, codec), ...limits },
    seededPlatform(1),
  );
  const bytes = Buffer.from(test.head, 'latin1');
  let taken = 0;
  for (const piece of pieces(Buffer.concat([bytes, encodeFrames('server', FIRST)]), split, test.name)) {
    taken += handshake.receive(piece);
  }
  if (handshake.state === 'requested') handshake.accept();
  if ((handshake.state === 'accepted') !== (test.failure === null)) return `ended ${handshake.state}`;
  if ((handshake.failure?.code ?? null) !== test.failure) return `failed with ${handshake.failure?.code}`;
  if (test.failure === null && taken !== bytes.length) return `took ${taken} bytes of ${bytes.length}`;
  if (taken > bytes.length) return 'took bytes behind the head';
  if (handshake.protocol !== test.protocol) return `the sub-protocol is ${handshake.protocol}`;
  return judgeAnswer(test, Buffer.from(handshake.takeResponse()).toString('latin1'));
}

function judgeAnswer(test: RequestCase, answer: string): string | null {
  if (test.status === 101) {
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptOf(test.key)}`,
      ...test.lines,
    ];
    return answer === `${lines.join('\r\n')}\r\n\r\n` ? null : `answered ${JSON.stringify(answer)}`;
  }
  const end = answer.indexOf('\r\n\r\n');
  const lines = answer.slice(0, end).split('\r\n');
  const body = answer.slice(end + 4);
  if (!lines[0]?.startsWith(`HTTP/1.1 ${test.status} `)) return `answered ${lines[0]}`;
  const connection = test.status === 426 ? 'Connection: Upgrade, close' : 'Connection: close';
  // RFC 9110 9.3.2: a response to HEAD has no body, but the length of that for GET.
  const isHead = test.head.startsWith('HEAD ');
  if (isHead && body !== '') return 'answered HEAD with a body';
  const length = isHead ? (/^content-length: (\d+)$/im.exec(answer)?.[1] ?? 'of the body') : body.length;
  for (const line of [...test.lines, connection, `Content-Length: ${length}`]) {
    if (!lines.includes(line)) return `answered without ${line}`;
  }
  return lines.some((line) => /^sec-websocket-(accept|protocol|extensions):/i.test(line))
    ? 'agreed to something'
    : null;
}

function clientHandshake(test: ResponseCase, split: Split, codec: DeflateCodec): string | null {
  const { protocols = [] } = test.options ?? {};
  const url = parseUrl('ws://server.example.com/chat');
  if ('code' in url) return url.message;
  const handshake = new ClientHandshake(
    { url, protocols, extensions: factories(test.options, codec), ...headLimits(test.options) },
    seededPlatform(1),
  );
  const request = Buffer.from(handshake.takeRequest()).toString('latin1');
  const bytes = Buffer.from(test.head.replaceAll('{accept}', acceptOf(keyOf(request))), 'latin1');
  let taken = 0;
  for (const piece of pieces(Buffer.concat([bytes, encodeFrames('client', FIRST)]), split, test.name)) {
    taken += handshake.receive(piece);
  }
  const { result } = handshake;
  const failure = result.state === 'failed' ? result.failure.code : null;
  if (result.state === 'pending') return 'still pending';
  if (failure !== test.failure) return `failed with ${failure}`;
  if (taken > bytes.length) return 'took bytes behind the head';
  if (result.state === 'accepted') {
    if (taken !== bytes.length) return `took ${taken} bytes of ${bytes.length}`;
    if (result.protocol !== test.protocol) return `the sub-protocol is ${result.protocol}`;
    const isAgreed = /^sec-websocket-extensions: *\w/im.test(test.head);
    if (result.extensions.length !== (isAgreed ? 1 : 0)) return `agreed on ${result.extensions.length} extensions`;
  }
  return judgeRequest(test, request);
}

/** RFC 6455 4.1: checks what every client's request must have, and what the case requires. */
function judgeRequest(test: ResponseCase, request: string): string | null {
  const lines = request.split('\r\n');
  const key = keyOf(request);
  if (Buffer.from(key, 'base64').length !== 16) return `the key ${key} is not 16 bytes`;
  const wanted = [
    'GET /chat HTTP/1.1',
    'Host: server.example.com',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    ...test.asks,
  ];
  const missing = wanted.find((line) => lines.filter((other) => other === line).length !== 1);
  if (missing !== undefined) return `the request ${JSON.stringify(request)} has not once ${missing}`;
  return request.endsWith('\r\n\r\n') ? null : 'the request has no end';
}

function factories(options: HandshakeOptions = {}, codec: DeflateCodec): ExtensionFactory[] {
  return options.compression === undefined
    ? []
    : [new PermessageDeflate({ ...DEFLATE, ...options.compression }, codec)];
}

function headLimits({ maxHeadSize, maxHeaders }: HandshakeOptions = {}): { limits?: HeadLimits } {
  if (maxHeadSize === undefined && maxHeaders === undefined) return {};
  return { limits: { maxHeadSize: maxHeadSize ?? 16_384, maxHeaders: maxHeaders ?? 128 } };
}

function peerOptions({ protocols, compression, maxHeadSize, maxHeaders }: HandshakeOptions = {}): WebSocketPeerOptions {
  return {
    ...(protocols === undefined ? {} : { supportedProtocols: protocols }),
    ...(compression === undefined ? {} : { compression: { ...DEFLATE, ...compression } }),
    ...(maxHeadSize === undefined ? {} : { maxHandshakeSize: maxHeadSize }),
    ...(maxHeaders === undefined ? {} : { maxHandshakeHeaders: maxHeaders }),
  };
}
