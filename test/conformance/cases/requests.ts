import type { FailureCode } from '../../../src/failure.ts';
import { REQUEST_LINES, SAMPLE_KEY } from '../raw-end.ts';
import { type HandshakeOptions, headOf, mixedCase, type RequestCase, replaced } from './handshake.ts';

interface Answer {
  readonly status: number;
  readonly failure: FailureCode | null;
  readonly lines?: readonly string[];
}

const OPENS: Answer = { status: 101, failure: null };
const BAD_HEADER: Answer = { status: 400, failure: 'TICKPEER_HANDSHAKE_HEADER' };
const MALFORMED: Answer = { status: 400, failure: 'TICKPEER_HANDSHAKE_MALFORMED' };
/** RFC 6455 4.2.2 and 4.4, RFC 9110 15.5.22: the response says which version to request. */
const NEEDS_UPGRADE: Answer = {
  status: 426,
  failure: 'TICKPEER_HANDSHAKE_HEADER',
  lines: ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
};

function request(
  section: string,
  name: string,
  lines: readonly string[] | string,
  answer: Answer,
  more: { options?: HandshakeOptions; protocol?: string; key?: string } = {},
): RequestCase {
  const head = typeof lines === 'string' ? lines : headOf(lines);
  const { protocol = '', key = SAMPLE_KEY, options = {} } = more;
  return { section, name: `request: ${name}`, role: 'server', head, lines: [], protocol, key, options, ...answer };
}

const SECTION = 'RFC 6455 4.2.1';
const change = (name: string, ...by: readonly string[]): string[] => replaced(REQUEST_LINES, name, ...by);
const add = (...lines: readonly string[]): string[] => [...REQUEST_LINES, ...lines];
const lineOf = (name: string): string => REQUEST_LINES.find((line) => line.startsWith(`${name}:`)) ?? '';

const REQUIRED: readonly (readonly [name: string, missing: Answer, empty: Answer, doubled: Answer])[] = [
  ['Host', BAD_HEADER, OPENS, BAD_HEADER],
  ['Upgrade', NEEDS_UPGRADE, NEEDS_UPGRADE, OPENS],
  ['Connection', NEEDS_UPGRADE, NEEDS_UPGRADE, OPENS],
  ['Sec-WebSocket-Key', BAD_HEADER, BAD_HEADER, BAD_HEADER],
  ['Sec-WebSocket-Version', NEEDS_UPGRADE, NEEDS_UPGRADE, BAD_HEADER],
];

const required: RequestCase[] = REQUIRED.flatMap(([name, missing, empty, doubled]) => {
  const line = lineOf(name);
  const value = line.slice(name.length + 2);
  return [
    request(SECTION, `${name} missing`, change(name), missing),
    request(SECTION, `${name} empty`, change(name, `${name}:`), empty),
    request(SECTION, `${name} doubled`, change(name, line, line), doubled),
    request(SECTION, `${name} in lower case`, change(name, `${name.toLowerCase()}: ${value}`), OPENS),
    request(SECTION, `${name} in upper case`, change(name, `${name.toUpperCase()}: ${value}`), OPENS),
    request(SECTION, `${name} in mixed case`, change(name, `${mixedCase(name)}: ${value}`), OPENS),
    request(SECTION, `${name} without a space before its value`, change(name, `${name}:${value}`), OPENS),
    request(SECTION, `${name} with spaces and tabs around its value`, change(name, `${name}: \t ${value} \t`), OPENS),
    request(SECTION, `${name} with a space before the colon`, change(name, `${name} : ${value}`), MALFORMED),
    request(SECTION, `${name} without a colon`, change(name, `${name} ${value}`), MALFORMED),
    request(SECTION, `${name} folded onto a second line`, change(name, `${name}:`, ` ${value}`), MALFORMED),
    request(SECTION, `${name} as the last line`, [...change(name), line], OPENS),
  ];
});

const wrongValues: RequestCase[] = [
  ...['h2c', 'websockets', 'web socket', 'websocket/13', 'wss'].map((value) =>
    request(SECTION, `Upgrade: ${value}`, change('Upgrade', `Upgrade: ${value}`), NEEDS_UPGRADE),
  ),
  ...['WebSocket', 'WEBSOCKET', 'h2c, websocket', 'websocket , h2c', ',websocket,'].map((value) =>
    request(SECTION, `Upgrade: ${value}`, change('Upgrade', `Upgrade: ${value}`), OPENS),
  ),
  ...['keep-alive', 'close', 'upgraded', 'Up grade', 'websocket'].map((value) =>
    request(SECTION, `Connection: ${value}`, change('Connection', `Connection: ${value}`), NEEDS_UPGRADE),
  ),
  ...['upgrade', 'UPGRADE', 'keep-alive, Upgrade', 'Upgrade,keep-alive', 'keep-alive ,\tupgrade ,'].map((value) =>
    request(SECTION, `Connection: ${value}`, change('Connection', `Connection: ${value}`), OPENS),
  ),
  request(
    SECTION,
    'Connection in two lines, Upgrade in the second',
    change('Connection', 'Connection: keep-alive', 'Connection: Upgrade'),
    OPENS,
  ),
  ...[
    'dGhlIHNhbXBsZSBub25jZQ=',
    'dGhlIHNhbXBsZSBub25jZQ',
    'dGhlIHNhbXBsZSBub25j',
    'dGhlIHNhbXBsZSBub25jZWU=',
    'dGhlIHNhbXBsZSBub25jZWVl',
    'dGhlIHNhbXBsZSBub25j ZQ==',
    'dGhlIHNhbXBsZSBub25jZ-==',
    'dGhlIHNhbXBsZSBub25jZ_==',
    '========================',
    'the sample nonce',
    `${SAMPLE_KEY}, ${SAMPLE_KEY}`,
  ].map((key) =>
    request(SECTION, `Sec-WebSocket-Key: ${key}`, change('Sec-WebSocket-Key', `Sec-WebSocket-Key: ${key}`), BAD_HEADER),
  ),
  ...[
    'AAAAAAAAAAAAAAAAAAAAAA==',
    '/////////////////////w==',
    'AQIDBAUGBwgJCgsMDQ4PEA==',
    'x3JJHMbDL1EzLkh9GBhXDw==',
  ].map((key) =>
    request(
      'RFC 6455 4.2.2',
      `the key ${key} is proved`,
      change('Sec-WebSocket-Key', `Sec-WebSocket-Key: ${key}`),
      OPENS,
      { key },
    ),
  ),
  ...['0', '7', '8', '12', '14', '130', '013', '13.0', '+13', '13, 8', 'thirteen', '-13'].map((version) =>
    request(
      'RFC 6455 4.4',
      `Sec-WebSocket-Version: ${version}`,
      change('Sec-WebSocket-Version', `Sec-WebSocket-Version: ${version}`),
      NEEDS_UPGRADE,
    ),
  ),
  request(
    'RFC 6455 4.4',
    'two versions in two lines',
    change('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8', 'Sec-WebSocket-Version: 13'),
    BAD_HEADER,
  ),
  ...['a b', 'h/path', 'user@h', 'a,b'].map((host) =>
    request(SECTION, `Host: ${host}`, change('Host', `Host: ${host}`), BAD_HEADER),
  ),
  ...['example.com:8080', '[::1]:9080', '127.0.0.1', 'EXAMPLE.com'].map((host) =>
    request(SECTION, `Host: ${host}`, change('Host', `Host: ${host}`), OPENS),
  ),
];

const startLine = (line: string): string[] => [line, ...REQUEST_LINES.slice(1)];

const startLines: RequestCase[] = [
  ...['POST', 'HEAD', 'OPTIONS', 'CONNECT', 'get', 'GETT'].map((method) =>
    request(SECTION, `the method ${method}`, startLine(`${method} /chat HTTP/1.1`), {
      status: 405,
      failure: 'TICKPEER_HANDSHAKE_MALFORMED',
      lines: ['Allow: GET'],
    }),
  ),
  ...['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2'].map((version) =>
    request(SECTION, `the version ${version}`, startLine(`GET /chat ${version}`), {
      status: 505,
      failure: 'TICKPEER_HANDSHAKE_MALFORMED',
    }),
  ),
  ...[
    'GET /chat',
    'GET  /chat HTTP/1.1',
    'GET /chat HTTP/1.1 ',
    ' GET /chat HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /chat http/1.1',
    'GET /chat HTTP/11',
    'GET\t/chat\tHTTP/1.1',
    '/chat',
    '',
  ].map((line) => request(SECTION, `the first line ${JSON.stringify(line)}`, startLine(line), MALFORMED)),
  ...['chat', '*', '/chat#fragment', 'ftp://h/chat', 'http://', 'server.example.com:80'].map((target) =>
    request(SECTION, `the target ${target}`, startLine(`GET ${target} HTTP/1.1`), MALFORMED),
  ),
  ...[
    '/',
    '/?',
    '/a/b?c=d&e=%20',
    '//x',
    'http://server.example.com/chat',
    'ws://server.example.com',
    `/${'x'.repeat(2000)}`,
  ].map((target) => request(SECTION, `the target ${target.slice(0, 40)}`, startLine(`GET ${target} HTTP/1.1`), OPENS)),
];

const good = headOf(REQUEST_LINES);

const grammar: RequestCase[] = [
  request('RFC 6455 1.3', "the RFC's own example", headOf(add('Origin: http://example.com')), OPENS),
  request('RFC 9112 2.2', 'lines that end with LF alone', good.replaceAll('\r\n', '\n'), MALFORMED),
  request('RFC 9112 2.2', 'one line that ends with LF alone', good.replace('websocket\r\n', 'websocket\n'), MALFORMED),
  request('RFC 9112 2.2', 'a CR inside a line', good.replace('websocket', 'web\rsocket'), MALFORMED),
  request('RFC 9112 2.2', 'an empty line before the first', `\r\n${good}`, MALFORMED),
  request('RFC 9110 5.5', 'a NUL in a value', good.replace('server.example.com', 'server\0'), MALFORMED),
  request('RFC 9110 5.5', 'a DEL in a value', good.replace('server.example.com', 'server\x7f'), MALFORMED),
  request('RFC 9110 5.1', 'a header without a name', add(': value'), MALFORMED),
  request('RFC 9110 5.1', 'a name with a letter beyond ASCII', add('X-Ä: value'), MALFORMED),
  request('RFC 9110 5.1', 'a name in brackets', add('(X): value'), MALFORMED),
  request('RFC 9110 5.5', 'a value beyond ASCII', add('X-Name: J\xfcrgen'), OPENS),
  request('RFC 9112 5.2', 'a folded header', add('X-Long: one', '\ttwo'), MALFORMED),
  request('RFC 9112 6', 'Content-Length: 5', add('Content-Length: 5'), BAD_HEADER),
  request('RFC 9112 6', 'Content-Length: 0', add('Content-Length: 0'), OPENS),
  request(
    'RFC 9112 6',
    'Content-Length twice, one of them 5',
    add('Content-Length: 0', 'Content-Length: 5'),
    BAD_HEADER,
  ),
  request('RFC 9112 6', 'Content-Length: -0', add('Content-Length: -0'), BAD_HEADER),
  request('RFC 9112 6', 'Transfer-Encoding: chunked', add('Transfer-Encoding: chunked'), BAD_HEADER),
  request(
    SECTION,
    'headers that mean nothing here, some of them doubled',
    add('Cookie: a=b', 'Cookie: c=d', 'Accept: */*', 'X-Y:', 'Origin: null'),
    OPENS,
  ),
  request(
    SECTION,
    'all header names in lower case',
    good.replace(/^[\w-]+:/gm, (name) => name.toLowerCase()),
    OPENS,
  ),
  request(
    SECTION,
    'the lines in reverse order',
    headOf([REQUEST_LINES[0]!, ...REQUEST_LINES.slice(1).reverse()]),
    OPENS,
  ),
];

const TOO_LARGE: Answer = { status: 431, failure: 'TICKPEER_HANDSHAKE_TOO_LARGE' };

const limits: RequestCase[] = [
  request('RFC 6455 10.4', 'a head of exactly the limit', good, OPENS, { options: { maxHeadSize: good.length } }),
  request('RFC 6455 10.4', 'a head one byte above the limit', good, TOO_LARGE, {
    options: { maxHeadSize: good.length - 1 },
  }),
  request('RFC 6455 10.4', 'as many headers as the limit', good, OPENS, { options: { maxHeaders: 5 } }),
  request('RFC 6455 10.4', 'one header above the limit', good, TOO_LARGE, { options: { maxHeaders: 4 } }),
  request('RFC 6455 10.4', 'a value of 20,000 bytes', add(`X: ${'x'.repeat(20_000)}`), TOO_LARGE),
  request('RFC 6455 10.4', '200 headers', add(...Array.from({ length: 200 }, (_, at) => `X-${at}: y`)), TOO_LARGE),
];

const PROTOCOL = (protocol: string): Answer => ({ ...OPENS, lines: [`Sec-WebSocket-Protocol: ${protocol}`] });
const NO_PROTOCOL: Answer = { status: 400, failure: 'TICKPEER_HANDSHAKE_PROTOCOL' };
const asking = (...values: readonly string[]): string[] =>
  add(...values.map((value) => `Sec-WebSocket-Protocol: ${value}`));

const protocols: RequestCase[] = [
  ...(
    [
      ['the only one asked for', ['chat'], ['chat'], 'chat'],
      ["the client's first that the server speaks", ['a, b, c'], ['c', 'b'], 'b'],
      ['asked for in two lines', ['a', 'b'], ['b'], 'b'],
      ['without spaces', ['a,b'], ['b'], 'b'],
      ['empty elements in the list', [',a,,b,'], ['b'], 'b'],
      ['asked for twice', ['a, a'], ['a'], 'a'],
    ] as const
  ).map(([name, asked, supported, protocol]) =>
    request('RFC 6455 4.2.2', `a sub-protocol: ${name}`, asking(...asked), PROTOCOL(protocol), {
      options: { protocols: supported },
      protocol,
    }),
  ),
  request('RFC 6455 4.2.2', 'a sub-protocol that the server does not speak', asking('a'), NO_PROTOCOL, {
    options: { protocols: ['b'] },
  }),
  request('RFC 6455 4.2.2', 'a sub-protocol in another case', asking('Chat'), NO_PROTOCOL, {
    options: { protocols: ['chat'] },
  }),
  request('RFC 6455 4.2.2', 'a sub-protocol, and the server has none', asking('a'), NO_PROTOCOL),
  request('RFC 6455 4.2.2', 'no sub-protocol, and the server wants one', REQUEST_LINES, NO_PROTOCOL, {
    options: { protocols: ['a'] },
  }),
  ...['a b', 'a;b', '"a"', 'a, (b)', 'a/b'].map((value) =>
    request(SECTION, `sub-protocols that are no tokens: ${value}`, asking(value), BAD_HEADER, {
      options: { protocols: ['a'] },
    }),
  ),
];

// ---------------------------------------------------------------- extensions

const AGREED = (...params: readonly string[]): Answer => ({
  ...OPENS,
  lines: [`Sec-WebSocket-Extensions: ${['permessage-deflate', ...params].join('; ')}`],
});
const offering = (...values: readonly string[]): string[] =>
  add(...values.map((value) => `Sec-WebSocket-Extensions: ${value}`));
const PMD = 'permessage-deflate';

function offer(
  section: string,
  offers: string,
  answer: Answer,
  compression: HandshakeOptions['compression'] = {},
): RequestCase {
  const ours = Object.entries(compression)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return request(section, `offer ${offers}${ours === '' ? '' : ` to ${ours}`}`, offering(offers), answer, {
    options: { compression },
  });
}

const BAD_PARAMS: readonly (readonly [section: string, param: string])[] = [
  ...['7', '16', '0', '08', '010', '+9', '9.0', '1e1', '-8', '256', 'abc', '0xA', '"16"'].flatMap((value) => [
    ['RFC 7692 7.1.2.1', `server_max_window_bits=${value}`] as const,
    ['RFC 7692 7.1.2.2', `client_max_window_bits=${value}`] as const,
  ]),
  ['RFC 7692 7.1.2.1', 'server_max_window_bits'],
  ['RFC 7692 7.1.1.1', 'server_no_context_takeover=1'],
  ['RFC 7692 7.1.1.1', 'server_no_context_takeover=true'],
  ['RFC 7692 7.1.1.1', 'server_no_context_takeover="x"'],
  ['RFC 7692 7.1.1.2', 'client_no_context_takeover=0'],
  ['RFC 7692 7.1.1.2', 'client_no_context_takeover=10'],
  ['RFC 7692 7.1', 'unknown'],
  ['RFC 7692 7.1', 'unknown=1'],
  ['RFC 7692 7.1', 'Server_Max_Window_Bits=10'],
  ['RFC 7692 7.1', 'server_max_window_bits=10; server_max_window_bits=10'],
  ['RFC 7692 7.1', 'server_max_window_bits=10; server_max_window_bits=11'],
  ['RFC 7692 7.1', 'client_max_window_bits; client_max_window_bits=10'],
  ['RFC 7692 7.1', 'client_max_window_bits=10; client_max_window_bits=10'],
  ['RFC 7692 7.1', 'server_no_context_takeover; server_no_context_takeover'],
  ['RFC 7692 7.1', 'client_no_context_takeover; client_no_context_takeover'],
];

const BITS = [8, 9, 10, 11, 12, 13, 14, 15];

const extensions: RequestCase[] = [
  ...['a b', 'x;', '; x', 'x; y=', 'x; =1', 'x; y="a b"', 'x; y="', 'x; "y"', '"x"', 'x; y=1 2', 'a/b'].map((value) =>
    request('RFC 6455 9.1', `extensions that break the grammar: ${value}`, offering(value), {
      status: 400,
      failure: 'TICKPEER_HANDSHAKE_EXTENSION',
    }),
  ),
  ...['foo', 'foo; bar=1', 'foo, bar', 'permessage-deflate', 'x-webkit-deflate-frame', ''].map((value) =>
    request('RFC 6455 9.1', `extensions that our server does not have: ${value}`, offering(value), OPENS),
  ),
  request('RFC 7692 5.1', 'no offer to a server with compression', REQUEST_LINES, OPENS, {
    options: { compression: {} },
  }),
  offer('RFC 7692 5.1', PMD, AGREED()),
  offer('RFC 7692 5.1', `foo, ${PMD}, bar`, AGREED()),
  offer('RFC 7692 5.1', `x-webkit-deflate-frame; no_context_takeover, ${PMD}`, AGREED()),
  offer('RFC 7692 5.1', `, ${PMD} ,`, AGREED()),
  request(
    'RFC 7692 5.1',
    'two offers in two lines: the first',
    offering(`${PMD}; server_max_window_bits=10`, PMD),
    AGREED('server_max_window_bits=10'),
    {
      options: { compression: {} },
    },
  ),
  ...['server_max_window_bits="10"', 'server_max_window_bits = 10', 'server_max_window_bits\t=\t"1\\0"'].map((param) =>
    offer('RFC 6455 9.1', `${PMD}; ${param}`, AGREED('server_max_window_bits=10')),
  ),
  offer('RFC 7692 7.1.1.1', `${PMD}; server_no_context_takeover`, AGREED('server_no_context_takeover')),
  offer('RFC 7692 7.1.1.1', PMD, AGREED('server_no_context_takeover'), { serverNoContextTakeover: true }),
  offer('RFC 7692 7.1.1.2', `${PMD}; client_no_context_takeover`, AGREED('client_no_context_takeover')),
  offer('RFC 7692 7.1.1.2', PMD, AGREED('client_no_context_takeover'), { clientNoContextTakeover: true }),
  offer(
    'RFC 7692 7.1.1',
    `${PMD}; client_no_context_takeover; server_no_context_takeover`,
    AGREED('server_no_context_takeover', 'client_no_context_takeover'),
  ),
  ...BITS.flatMap((bits) => [
    offer('RFC 7692 7.1.2.1', `${PMD}; server_max_window_bits=${bits}`, AGREED(`server_max_window_bits=${bits}`)),
    offer(
      'RFC 7692 7.1.2.1',
      `${PMD}; server_max_window_bits=${bits}`,
      AGREED(`server_max_window_bits=${Math.min(bits, 11)}`),
      {
        serverMaxWindowBits: 11,
      },
    ),
    offer(
      'RFC 7692 7.1.2.2',
      `${PMD}; client_max_window_bits=${bits}`,
      AGREED(...(bits < 15 ? [`client_max_window_bits=${bits}`] : [])),
    ),
    offer(
      'RFC 7692 7.1.2.2',
      `${PMD}; client_max_window_bits=${bits}`,
      AGREED(`client_max_window_bits=${Math.min(bits, 11)}`),
      {
        clientMaxWindowBits: 11,
      },
    ),
    offer(
      'RFC 7692 7.1.2.2',
      `${PMD}; client_max_window_bits`,
      AGREED(...(bits < 15 ? [`client_max_window_bits=${bits}`] : [])),
      {
        clientMaxWindowBits: bits,
      },
    ),
    // "MUST NOT include … in an extension negotiation response" where it was not offered.
    offer('RFC 7692 7.1.2.2', PMD, AGREED(), { clientMaxWindowBits: bits }),
    offer('RFC 7692 7.1.2.1', PMD, AGREED(...(bits < 15 ? [`server_max_window_bits=${bits}`] : [])), {
      serverMaxWindowBits: bits,
    }),
  ]),
  offer(
    'RFC 7692 7.1',
    `${PMD}; client_max_window_bits=12; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover`,
    AGREED(
      'server_no_context_takeover',
      'client_no_context_takeover',
      'server_max_window_bits=10',
      'client_max_window_bits=12',
    ),
  ),
  ...BAD_PARAMS.flatMap(([section, param]) => [
    offer(section, `${PMD}; ${param}`, OPENS),
    offer(section, `${PMD}; ${param}, ${PMD}; client_no_context_takeover`, AGREED('client_no_context_takeover')),
  ]),
];

export const requestCases: readonly RequestCase[] = [
  ...required,
  ...wrongValues,
  ...startLines,
  ...grammar,
  ...limits,
  ...protocols,
  ...extensions,
];
