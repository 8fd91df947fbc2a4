import { SECTIONS } from './sections.ts';
import type { Tally } from './tally.ts';

/** docs/conformance.md: the suite's results, and the choices where the RFCs leave one. */
export function renderDocument(tallies: readonly Tally[]): string {
  const { cases, runs, failed } = sum(tallies);
  const rows = tallies.map(
    (tally) => `| ${tally.section} | ${SECTIONS[tally.section]} | ${tally.cases} | ${tally.runs} | ${tally.failed} |`,
  );
  const failures = tallies.flatMap((tally) => tally.failures);
  return [
    '# Conformance',
    '',
    '<!-- Written by `npm run conformance`; do not edit. The text stands in test/conformance/document.ts. -->',
    '',
    `${cases} cases, ${runs} runs, ${failed} failed. RFC 6455 is WebSocket, RFC 7692 permessage-deflate, RFC 9110 and 9112 HTTP.`,
    '',
    INTRODUCTION,
    '',
    '| section | what is put to the test | cases | runs | failed |',
    '|---|---|---:|---:|---:|',
    ...rows,
    `| all | | ${cases} | ${runs} | ${failed} |`,
    '',
    ...(failures.length === 0 ? [] : ['## Failed', '', ...failures.map((failure) => `- ${failure}`), '']),
    CHOICES,
    '',
  ].join('\n');
}

/** The same for a terminal. */
export function renderTable(tallies: readonly Tally[]): string {
  const total = { section: 'all', failures: [], ...sum(tallies) };
  const cells = [
    ['section', 'cases', 'runs', 'passed', 'failed'],
    ...[...tallies, total].map(({ section, cases, runs, failed }) =>
      [section, cases, runs, runs - failed, failed].map(String),
    ),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const format = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return cells.map(format).join('\n');
}

function sum(tallies: readonly Tally[]): { cases: number; runs: number; failed: number } {
  const add = (count: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + count(tally), 0);
  return { cases: add(({ cases }) => cases), runs: add(({ runs }) => runs), failed: add(({ failed }) => failed) };
}

const INTRODUCTION = `A case is a row of data (\`test/conformance/cases/\`): what the other side sends, and the expected result: the packets with their
type, the exact frames in response, the close code, whether the end was clean, and the failure's code. Every case runs

- in both roles, as client and as server (a case of the opening handshake is a request to a server or a response to a client,
  and each rule has cases for both),
- with the bytes delivered whole, byte by byte, and in random pieces of 1 to 40 bytes, the same in every run,
- on the protocol's own state machine (\`Connection\`, \`ClientHandshake\`, \`ServerHandshake\`) and once more through a whole
  \`WebSocketPeer\` over a stream in memory,
- with compression, in both forms of the codec: on zlib's streams, and on Node's public functions.

The other side's data is compressed with zlib's streams as Node documents them, and tickpeer's data is inflated with the
negotiated window. Neither uses code of \`src/\`. Every result comes from a run of all cases.`;

const CHOICES = `## Choices and deviations

Where the RFCs leave a choice, or tickpeer differs on purpose:

- **Close codes** 1000 to 1003, 1007 to 1014 and 3000 to 4999 are accepted and can be sent: 1012, 1013 and 1014 by IANA's
  registry, which is younger than RFC 6455. All others, 1004 to 1006, 1015 and 1016 to 2999 among them, fail with 1002.
- A Close is **echoed whole**: its code and its reason.
- A Close with a payload of **one byte** fails with 1002. A reason that is not UTF-8 fails with 1007.
- A Close in the middle of a fragmented message is a clean end; the message is lost.
- **After its own Close** a peer sends only Pongs, as RFC 6455 5.5.2 requires, until the other side's Close has arrived. Messages before
  that Close are delivered. A violation then ends the connection without a second Close.
- **Messages before a Close or a violation can be answered**, also if they arrived in one chunk with it: the peer's Close leaves after
  what the program sends in \`STATE_OPEN\`, one poll later. Nothing more is read meanwhile. A peer that is not polled sends its
  Close after half of \`closeTimeLimit\`.
- After a Close frame for a failure, the peer does not wait for the other side's Close (RFC 6455 7.1.7).
- **UTF-8** of an uncompressed text is checked as it arrives, and fails at the first bad byte, also inside a frame. A compressed text is
  checked when the message is complete.
- Lengths that are **not in their shortest form** fail with 1002.
- Of more than 64 Pings between two writes, only the last of the rest is answered, as RFC 6455 5.5.3 allows.
- A message above \`inboundBufferSize\` fails with 1009, one in more frames than \`maxFragments\` with 1008; compressed data that
  is broken fails with 1007.
- **Sub-protocols**: if one side lists some and none is common, the handshake fails, as in Godot's engine and in browsers. The
  RFC would allow a connection without a sub-protocol.
- A server responds with 426 and \`Sec-WebSocket-Version: 13\` for a missing or wrong \`Upgrade\`, \`Connection\` or version, 405 for
  another method than GET, 505 for another HTTP than 1.1, 431 above its limits, 400 otherwise.
- Two \`Upgrade\` or \`Connection\` headers are read as one list (RFC 9110 5.3). A second \`Host\`, key, version or \`Sec-WebSocket-Accept\` is
  refused. An empty \`Host\` is accepted.
- An empty line before a request is refused, although RFC 9112 2.2 recommends ignoring it. So are lines that end with LF alone.
- A request that announces a body is refused.
- A key may have the unused bits of its last digit set, as some clients send it.
- **permessage-deflate**: the first valid offer is accepted, narrowed to the peer's own settings. Offers with unknown, repeated or
  impossible parameters are declined. A response that does not fit the offer fails the handshake.
- With a window of **2^8**, for which zlib has no compressor, messages above 256 bytes are sent uncompressed.
- Compressed data that ends inside a block is not detected.
- More than six of DEFLATE's final blocks in one message fail with 1007, and so does a compressed message of 0 bytes. With context
  takeover there is a further limit on data that refers to what was before a final block ([compression.md](compression.md#limits)).`;
