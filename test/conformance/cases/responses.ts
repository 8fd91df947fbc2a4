import type { FailureCode } from '../../../src/failure.ts';
import { RESPONSE_LINES } from '../raw-end.ts';
import { type HandshakeOptions, headOf, mixedCase, type ResponseCase, replaced } from './handshake.ts';

const HEADER = 'TICKPEER_HANDSHAKE_HEADER';
const MALFORMED = 'TICKPEER_HANDSHAKE_MALFORMED';
const SECTION = 'RFC 6455 4.1';

function response(
  section: string,
  name: string,
  lines: readonly string[] | string,
  failure: FailureCode | null,
  more: { options?: HandshakeOptions; protocol?: string; asks?: readonly string[] } = {},
): ResponseCase {
  const head = typeof lines === 'string' ? lines : headOf(lines);
  const { protocol = '', asks = [], options = {} } = more;
  return { section, name: `response: ${name}`, role: 'client', head, failure, protocol, asks, options };
}

const change = (name: string, ...by: readonly string[]): string[] => replaced(RESPONSE_LINES, name, ...by);
const add = (...lines: readonly string[]): string[] => [...RESPONSE_LINES, ...lines];
const lineOf = (name: string): string => RESPONSE_LINES.find((line) => line.startsWith(`${name}:`)) ?? '';

const required: ResponseCase[] = (
  [
    ['Upgrade', null],
    ['Connection', null],
    ['Sec-WebSocket-Accept', HEADER],
  ] as const
).flatMap(([name, doubled]) => {
  const line = lineOf(name);
  const value = line.slice(name.length + 2);
  return [
    response(SECTION, `${name} missing`, change(name), HEADER),
    response(SECTION, `${name} empty`, change(name, `${name}:`), HEADER),
    response(SECTION, `${name} doubled`, change(name, line, line), doubled),
    response(SECTION, `${name} in lower case`, change(name, `${name.toLowerCase()}: ${value}`), null),
    response(SECTION, `${name} in upper case`, change(name, `${name.toUpperCase()}: ${value}`), null),
    response(SECTION, `${name} in mixed case`, change(name, `${mixedCase(name)}: ${value}`), null),
    response(SECTION, `${name} without a space before its value`, change(name, `${name}:${value}`), null),
    response(SECTION, `${name} with spaces and tabs around its value`, change(name, `${name}: \t ${value} \t`), null),
    response(SECTION, `${name} with a space before the colon`, change(name, `${name} : ${value}`), MALFORMED),
    response(SECTION, `${name} without a colon`, change(name, `${name} ${value}`), MALFORMED),
    response(SECTION, `${name} folded onto a second line`, change(name, `${name}:`, ` ${value}`), MALFORMED),
    response(SECTION, `${name} as the last line`, [...change(name), line], null),
  ];
});

const wrongValues: ResponseCase[] = [
  ...['h2c', 'websockets', 'web socket', 'websocket/13'].map((value) =>
    response(SECTION, `Upgrade: ${value}`, change('Upgrade', `Upgrade: ${value}`), HEADER),
  ),
  ...['WebSocket', 'WEBSOCKET'].map((value) =>
    response(SECTION, `Upgrade: ${value}`, change('Upgrade', `Upgrade: ${value}`), null),
  ),
  ...['keep-alive', 'close', 'upgraded', 'websocket'].map((value) =>
    response(SECTION, `Connection: ${value}`, change('Connection', `Connection: ${value}`), HEADER),
  ),
  ...['upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'Upgrade,keep-alive'].map((value) =>
    response(SECTION, `Connection: ${value}`, change('Connection', `Connection: ${value}`), null),
  ),
  response(
    SECTION,
    'Connection in two lines, Upgrade in the second',
    change('Connection', 'Connection: keep-alive', 'Connection: Upgrade'),
    null,
  ),
  ...[
    's3pPLMBiTxaQ9kYGzzhZRbK+xO0=',
    'dGhlIHNhbXBsZSBub25jZQ==',
    '{accept}x',
    '"{accept}"',
    '{accept}, {accept}',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  ].map((value) =>
    response(
      SECTION,
      `Sec-WebSocket-Accept: ${value}`,
      change('Sec-WebSocket-Accept', `Sec-WebSocket-Accept: ${value}`),
      HEADER,
    ),
  ),
  response(
    SECTION,
    'Sec-WebSocket-Accept twice, the first right',
    change('Sec-WebSocket-Accept', 'Sec-WebSocket-Accept: {accept}', 'Sec-WebSocket-Accept: no'),
    HEADER,
  ),
];

const startLine = (line: string): string[] => [line, ...RESPONSE_LINES.slice(1)];

const startLines: ResponseCase[] = [
  ...['HTTP/1.1 101', 'HTTP/1.1 101 ', 'HTTP/1.1 101 Whatever it takes', 'HTTP/1.1 101 J\xfcrgen'].map((line) =>
    response(SECTION, `the first line ${JSON.stringify(line)}`, startLine(line), null),
  ),
  ...[
    'HTTP/1.0 101 Switching Protocols',
    'HTTP/2.0 101 Switching Protocols',
    'HTTP/2 101 Switching Protocols',
    'http/1.1 101 Switching Protocols',
    'HTTP/1.1  101 Switching Protocols',
    ' HTTP/1.1 101 Switching Protocols',
    'HTTP/1.1 1010 Switching',
    'HTTP/1.1 10 Switching',
    'HTTP/1.1 101Switching',
    'HTTP/1.1 Switching Protocols',
    '101 Switching Protocols',
    'GET / HTTP/1.1',
    'SSH-2.0-OpenSSH_9.6',
    '',
  ].map((line) => response(SECTION, `the first line ${JSON.stringify(line)}`, startLine(line), MALFORMED)),
  ...[200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 405, 407, 426, 429, 500, 502, 503, 999].map((status) =>
    response(
      SECTION,
      `the status ${status}, with everything else right`,
      startLine(`HTTP/1.1 ${status} Some Reason`),
      'TICKPEER_HANDSHAKE_STATUS',
    ),
  ),
  ...[100, 102, 103].map((status) =>
    response(
      'RFC 9110 15.2',
      `the informational answer ${status} before the final one`,
      `HTTP/1.1 ${status} Wait\r\nLink: x\r\n\r\n${headOf(RESPONSE_LINES)}`,
      null,
    ),
  ),
  response(
    'RFC 9110 15.2',
    'eight informational answers',
    `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(8)}${headOf(RESPONSE_LINES)}`,
    null,
  ),
  response('RFC 9110 15.2', 'nine informational answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9), MALFORMED),
];

const good = headOf(RESPONSE_LINES);

const grammar: ResponseCase[] = [
  response('RFC 9112 2.2', 'lines that end with LF alone', good.replaceAll('\r\n', '\n'), MALFORMED),
  response('RFC 9112 2.2', 'one line that ends with LF alone', good.replace('websocket\r\n', 'websocket\n'), MALFORMED),
  response('RFC 9112 2.2', 'a CR inside a line', good.replace('websocket', 'web\rsocket'), MALFORMED),
  response('RFC 9112 2.2', 'an empty line before the first', `\r\n${good}`, MALFORMED),
  response('RFC 9110 5.5', 'a NUL in a value', good.replace('Upgrade\r\n', 'Upgrade\0\r\n'), MALFORMED),
  response('RFC 9110 5.1', 'a header without a name', add(': value'), MALFORMED),
  response('RFC 9110 5.5', 'a value beyond ASCII', add('X-Name: J\xfcrgen'), null),
  response('RFC 9112 5.2', 'a folded header', add('X-Long: one', '\ttwo'), MALFORMED),
  response(
    SECTION,
    'headers that mean nothing here',
    add('Server: x', 'Date: y', 'Set-Cookie: a=b', 'Set-Cookie: c=d', 'X-Y:'),
    null,
  ),
  response(
    SECTION,
    'all header names in lower case',
    good.replace(/^[\w-]+:/gm, (name) => name.toLowerCase()),
    null,
  ),
  response(
    SECTION,
    'the lines in reverse order',
    headOf([RESPONSE_LINES[0]!, ...RESPONSE_LINES.slice(1).reverse()]),
    null,
  ),
  response('RFC 6455 10.4', 'a value of 20,000 bytes', add(`X: ${'x'.repeat(20_000)}`), 'TICKPEER_HANDSHAKE_TOO_LARGE'),
  response(
    'RFC 6455 10.4',
    '200 headers',
    add(...Array.from({ length: 200 }, (_, at) => `X-${at}: y`)),
    'TICKPEER_HANDSHAKE_TOO_LARGE',
  ),
  response('RFC 6455 10.4', 'as many headers as the limit', good, null, { options: { maxHeaders: 3 } }),
  response('RFC 6455 10.4', 'one header above the limit', good, 'TICKPEER_HANDSHAKE_TOO_LARGE', {
    options: { maxHeaders: 2 },
  }),
];

const PROTOCOL = 'TICKPEER_HANDSHAKE_PROTOCOL';
const choosing = (...values: readonly string[]): string[] =>
  add(...values.map((value) => `Sec-WebSocket-Protocol: ${value}`));
const asked = { protocols: ['a', 'b'] };

const protocols: ResponseCase[] = [
  ...['a', 'b'].map((protocol) =>
    response(SECTION, `the sub-protocol ${protocol} of a and b`, choosing(protocol), null, {
      options: asked,
      protocol,
      asks: ['Sec-WebSocket-Protocol: a,b'],
    }),
  ),
  response(SECTION, 'a sub-protocol that was not asked for', choosing('c'), PROTOCOL, { options: asked }),
  response(SECTION, 'a sub-protocol where none was asked for', choosing('a'), PROTOCOL),
  response(SECTION, 'a sub-protocol in another case', choosing('A'), PROTOCOL, { options: asked }),
  response(SECTION, 'no sub-protocol where one was asked for', RESPONSE_LINES, PROTOCOL, { options: asked }),
  response(SECTION, 'an empty sub-protocol', choosing(''), PROTOCOL, { options: asked }),
  response(SECTION, 'two sub-protocols in one line', choosing('a, b'), PROTOCOL, { options: asked }),
  response(SECTION, 'two sub-protocols in two lines', choosing('a', 'b'), PROTOCOL, { options: asked }),
  response(SECTION, 'the same sub-protocol in two lines', choosing('a', 'a'), PROTOCOL, { options: asked }),
];

// ---------------------------------------------------------------- extensions

const EXTENSION = 'TICKPEER_HANDSHAKE_EXTENSION';
const PMD = 'permessage-deflate';
const answering = (...values: readonly string[]): string[] =>
  add(...values.map((value) => `Sec-WebSocket-Extensions: ${value}`));

function answer(
  section: string,
  value: string,
  failure: FailureCode | null,
  compression: HandshakeOptions['compression'] = {},
  offer: string | null = null,
): ResponseCase {
  const ours = Object.entries(compression)
    .map(([name, setting]) => `${name} ${setting}`)
    .join(', ');
  const asks = offer === null ? [] : [`Sec-WebSocket-Extensions: ${offer}`];
  return response(section, `answer ${value}${ours === '' ? '' : ` to ${ours}`}`, answering(value), failure, {
    options: { compression },
    asks,
  });
}

const BAD_PARAMS: readonly (readonly [section: string, param: string])[] = [
  ...['7', '16', '0', '08', '010', '+9', '9.0', 'abc', '"16"', '"7"'].flatMap((value) => [
    ['RFC 7692 7.1.2.1', `server_max_window_bits=${value}`] as const,
    ['RFC 7692 7.1.2.2', `client_max_window_bits=${value}`] as const,
  ]),
  ['RFC 7692 7.1.2.1', 'server_max_window_bits'],
  ['RFC 7692 7.1.2.2', 'client_max_window_bits'],
  ['RFC 7692 7.1.1.1', 'server_no_context_takeover=1'],
  ['RFC 7692 7.1.1.2', 'client_no_context_takeover=1'],
  ['RFC 7692 7.1', 'unknown'],
  ['RFC 7692 7.1', 'unknown=1'],
  ['RFC 7692 7.1', 'Server_No_Context_Takeover'],
  ['RFC 7692 7.1', 'server_max_window_bits=10; server_max_window_bits=10'],
  ['RFC 7692 7.1', 'client_max_window_bits=10; client_max_window_bits=11'],
  ['RFC 7692 7.1', 'server_no_context_takeover; server_no_context_takeover'],
  ['RFC 7692 7.1', 'client_no_context_takeover; client_no_context_takeover'],
];

const BITS = [8, 9, 10, 11, 12, 13, 14, 15];

const extensions: ResponseCase[] = [
  ...['a b', 'x;', 'x; y=', 'x; y="a b"', '"x"', 'a/b'].map((value) => answer('RFC 6455 9.1', value, EXTENSION)),
  ...['foo', `foo, ${PMD}`, `${PMD}, foo`, 'x-webkit-deflate-frame', 'PERMESSAGE-FOO'].map((value) =>
    answer('RFC 6455 9.1', value, EXTENSION),
  ),
  response('RFC 6455 9.1', 'permessage-deflate where nothing was offered', answering(PMD), EXTENSION),
  response('RFC 7692 5.1', 'no extension where one was offered', RESPONSE_LINES, null, {
    options: { compression: {} },
  }),
  response('RFC 7692 5.1', 'an empty list of extensions', answering(''), null, { options: { compression: {} } }),
  response('RFC 7692 5.1', 'permessage-deflate twice in one line', answering(`${PMD}, ${PMD}`), EXTENSION, {
    options: { compression: {} },
  }),
  response('RFC 7692 5.1', 'permessage-deflate in two lines', answering(PMD, PMD), EXTENSION, {
    options: { compression: {} },
  }),
  answer('RFC 7692 5.1', PMD, null, {}, `${PMD}; client_max_window_bits`),
  answer('RFC 6455 9.1', `${PMD} ;\tserver_max_window_bits = "12"`, null),
  answer('RFC 7692 7.1.1.1', `${PMD}; server_no_context_takeover`, null),
  answer(
    'RFC 7692 7.1.1.1',
    `${PMD}; server_no_context_takeover`,
    null,
    { serverNoContextTakeover: true },
    `${PMD}; server_no_context_takeover; client_max_window_bits`,
  ),
  // "A server accepts … by including the parameter in the response": left out, it did not accept.
  answer('RFC 7692 7.1.1.1', PMD, EXTENSION, { serverNoContextTakeover: true }),
  answer('RFC 7692 7.1.1.2', `${PMD}; client_no_context_takeover`, null),
  answer(
    'RFC 7692 7.1.1.2',
    PMD,
    null,
    { clientNoContextTakeover: true },
    `${PMD}; client_no_context_takeover; client_max_window_bits`,
  ),
  ...BITS.flatMap((bits) => [
    answer('RFC 7692 7.1.2.1', `${PMD}; server_max_window_bits=${bits}`, null),
    answer(
      'RFC 7692 7.1.2.1',
      `${PMD}; server_max_window_bits=${bits}`,
      bits <= 11 ? null : EXTENSION,
      { serverMaxWindowBits: 11 },
      `${PMD}; server_max_window_bits=11; client_max_window_bits, ${PMD}; client_max_window_bits`,
    ),
    answer('RFC 7692 7.1.2.2', `${PMD}; client_max_window_bits=${bits}`, null),
    // "a value equal to or smaller than the received value"
    answer(
      'RFC 7692 7.1.2.2',
      `${PMD}; client_max_window_bits=${bits}`,
      bits <= 11 ? null : EXTENSION,
      { clientMaxWindowBits: 11 },
      `${PMD}; client_max_window_bits=11`,
    ),
  ]),
  answer('RFC 7692 7.1.2.1', PMD, null, { serverMaxWindowBits: 10 }),
  answer('RFC 7692 7.1.2.2', PMD, null, { clientMaxWindowBits: 10 }),
  answer(
    'RFC 7692 7.1',
    `${PMD}; client_max_window_bits=9; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover`,
    null,
    { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 12, clientMaxWindowBits: 13 },
  ),
  ...BAD_PARAMS.map(([section, param]) => answer(section, `${PMD}; ${param}`, EXTENSION)),
];

export const responseCases: readonly ResponseCase[] = [
  ...required,
  ...wrongValues,
  ...startLines,
  ...grammar,
  ...protocols,
  ...extensions,
];
