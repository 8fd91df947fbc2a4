import { isIPv4 } from 'node:net';
import { CLIENT_OPTIONS, readClientSettings } from '../client/client-options.ts';
import { shownUrl } from '../client/shown-url.ts';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, type ParsedWords, parseWords } from '../command/options.ts';
import { escapedForJson } from '../terminal/json-escape.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { type Assertion, isTime, judge, METRICS, type Outcome, parseAssertion } from './assertion.ts';
import { EchoBot, LEAST_BYTES, type MessageOptions } from './echo-bot.ts';
import { Load, type LoadOptions } from './load.ts';
import { Measurements } from './measurements.ts';
import { duration, grouped, latenessWarning, reportOf, resultOf } from './report.ts';
import { loadScript, ScriptBot } from './script-bot.ts';

/** More connections need `--force`: a machine has about 28,000 ports for one address. */
const MANY = 10_000;
const MOST_BYTES = 16 * 2 ** 20;

const OPTIONS = {
  connections: { type: 'string', short: 'c', value: 'N', description: 'how many bots', shownDefault: '10' },
  ramp: { type: 'string', value: 'SECONDS', description: 'the time in which they connect', shownDefault: '1' },
  duration: { type: 'string', short: 'd', value: 'SECONDS', description: 'the time after that', shownDefault: '10' },
  rate: { type: 'string', short: 'r', value: 'N', description: 'messages a second, of each bot', shownDefault: '10' },
  size: {
    type: 'string',
    short: 's',
    value: 'BYTES',
    description: `size of a message, or a range such as 64-512; at least ${LEAST_BYTES}`,
    shownDefault: '64',
  },
  text: { type: 'boolean', description: 'text messages instead of binary ones' },
  'send-only': { type: 'boolean', description: 'expects no echo: counts what is sent and what comes' },
  script: { type: 'string', value: 'FILE.mjs', description: 'bots that call methods of a Godot game, see below' },
  assert: {
    type: 'string',
    multiple: true,
    value: 'TEXT',
    description: `ends with 1 when it is not so, as in 'p99<50ms'; names: ${METRICS.join(', ')}`,
  },
  json: { type: 'boolean', description: 'prints the result as JSON; times are milliseconds' },
  'i-may': {
    type: 'boolean',
    description: 'needed for other machines than this one: their owner knows about the load',
  },
  force: { type: 'boolean', description: `needed for more than ${MANY} connections` },
  ...CLIENT_OPTIONS,
} as const satisfies OptionTable;

/** `tickpeer bench`. */
export const bench: Command = {
  name: 'bench',
  summary: 'lets many bots send messages to a server, and measures the round trips',
  operands: 'URL',
  options: OPTIONS,
  details: `The bots connect one after the other within --ramp seconds, and send --rate messages a second each for --duration \
seconds. The server is expected to send every message back, as tickpeer serve --echo does. A round trip is counted from the time at \
which its message was due, not from when it could be sent: a server that stalls delays all messages that were due meanwhile, and \
the percentiles show that. Messages without an echo count as errors. "sent late" is how late this process was itself, and a warning \
says when that is much of a round trip: then the figures are about this machine.

--script FILE.mjs replaces the messages by calls of a Godot game. Its default export is called for each bot with { multiplayer, \
number, record }: it declares the game's nodes on the multiplayer, which connects after that, and returns { tick(due) }. tick is called \
--rate times a second. record(due), called when the answer has come, counts a round trip.

A load is for your own server. Hosts other than this machine need --i-may. Ctrl-C ends it early, with the result so far and exit \
code 130. 1: an assertion does not hold. 3: no bot could connect.`,
  examples: [
    ['tickpeer bench ws://127.0.0.1:8060/ws', 'ten bots for ten seconds, against tickpeer serve --echo'],
    [
      "tickpeer bench ws://127.0.0.1:9080 -c 1000 --ramp 10 -r 20 --assert 'p99<50ms' --assert 'errors=0'",
      'a thousand bots, in CI',
    ],
    ['tickpeer bench ws://127.0.0.1:9080 -c 100 --script bots.mjs --json', 'clients of a Godot game'],
  ],
  async run(words, terminal) {
    const given = parse(words);
    const measured = new Measurements();
    const load = new Load(given.load, measured);
    const { script } = given.options;
    const play = script === undefined ? null : await loadScript(script);
    const paint = paintFor(terminal.stderr, terminal.env);
    await load.run(
      (number) =>
        play === null
          ? new EchoBot(given.message, measured, load)
          : new ScriptBot(play, number, given.message.client, measured, load),
      terminal.interrupted,
      (seconds) => {
        if (terminal.stderr.isTTY === true) printNotice(terminal, paint('dim', progressOf(measured, load, seconds)));
      },
    );
    const outcomes = given.assertions.map((assertion) => judge(assertion, measured.value(assertion.metric)));
    if (given.options.json)
      for (const line of jsonLines(resultOf(measured, shownUrl(given.message.client.url), outcomes)))
        printLine(terminal, line);
    else for (const line of reportOf(measured, given.load.connections)) printLine(terminal, line);
    const warning = latenessWarning(measured);
    if (warning !== null) printNotice(terminal, `${paint('yellow', 'warning')} ${warning}`);
    const failed = tell(outcomes, given.assertions, terminal);
    if (terminal.interrupted.aborted) return ExitCode.INTERRUPTED;
    if (failed) return ExitCode.FAILED;
    if (measured.connecting.count > 0) return ExitCode.OK;
    const step = `tickpeer doctor ${shownUrl(given.message.client.url)} looks at every step.`;
    throw new CommandError(ExitCode.NOT_CONNECTED, 'No bot has connected.', step);
  },
};

interface Given {
  readonly options: ParsedWords<typeof OPTIONS>['options'];
  readonly load: LoadOptions;
  readonly message: MessageOptions;
  readonly assertions: readonly Assertion[];
}

function parse(words: readonly string[]): Given {
  const { options, operands } = parseWords('bench', OPTIONS, words, { least: 1, most: 1, usage: 'URL' });
  const url = checkUrl(operands[0] ?? '', options['i-may']);
  const most = options.force ? 1_000_000 : MANY;
  const connections = numberOption('connections', options.connections, { fallback: 10, least: 1, isInteger: true });
  if (connections > most) {
    throw usageError(
      `--connections ${connections}: that is many for one machine.`,
      'With --force it is tried; ulimit -n and the ports of the system are the next limits.',
    );
  }
  const load = {
    connections,
    ramp: numberOption('ramp', options.ramp, { fallback: 1, most: 86_400 }),
    duration: numberOption('duration', options.duration, { fallback: 10, most: 86_400 }),
    rate: numberOption('rate', options.rate, { fallback: 10, most: 100_000 }),
  };
  const assertions = options.assert.map(parseAssertion);
  const about = assertions.find(({ metric }) => isTime(metric) && metric !== 'late');
  if (options['send-only'] && about !== undefined) {
    throw usageError(`--assert '${about.text}': with --send-only there are no round trips.`, 'Leave out one of them.');
  }
  const message = {
    client: readClientSettings(url, options),
    size: parseSize(options.size ?? '64'),
    isText: options.text,
    expectsEcho: !options['send-only'],
  };
  return { options, load, message, assertions };
}

/** Throws a usage error for what is no WebSocket URL, and for other machines without permission. */
function checkUrl(text: string, isAllowed: boolean): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw usageError(`${printable(text, 200)} is no URL.`, 'For example: tickpeer bench ws://127.0.0.1:8060/ws');
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw usageError(
      `${printable(text, 200)} does not begin with ws:// or wss://.`,
      'For example: ws://127.0.0.1:8060/ws',
    );
  }
  const { hostname } = url;
  const isHere = hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
  if (!isHere && !isAllowed) {
    throw usageError(
      `${printable(hostname, 200)} is another machine.`,
      'If it is yours, or its owner knows about the load, add --i-may.',
    );
  }
  return text;
}

function parseSize(text: string): MessageOptions['size'] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const least = Number(match?.[1]);
  const most = Number(match?.[2] ?? match?.[1]);
  if (!(least >= LEAST_BYTES && most >= least && most <= MOST_BYTES)) {
    throw usageError(
      `--size ${text}: it must be a number of bytes from ${LEAST_BYTES} to ${MOST_BYTES}, or a range.`,
      'For example: --size 64-512',
    );
  }
  return { least, most };
}

function progressOf(measured: Measurements, load: Load, seconds: number): string {
  const p99 = measured.latency.times()?.p99;
  const round = p99 === undefined ? '' : `  p99 ${duration(p99)}`;
  return `${seconds} s  ${grouped(load.openCount)} open  ${grouped(measured.sent)} sent  ${grouped(measured.errors)} errors${round}`;
}

/** JSON for people, too. Codes and reasons are from servers and scripts. */
function jsonLines(value: object): string[] {
  return JSON.stringify(value, null, 2).split('\n').map(escapedForJson);
}

/** Prints the assertions that do not hold. */
function tell(outcomes: readonly Outcome[], assertions: readonly Assertion[], terminal: Terminal): boolean {
  const paint = paintFor(terminal.stderr, terminal.env);
  for (const [at, { text, value, passed }] of outcomes.entries()) {
    if (passed) continue;
    const metric = assertions[at]?.metric ?? 'errors';
    const found =
      value === null ? 'nothing was measured' : `it is ${isTime(metric) ? duration(value) : grouped(value)}`;
    printNotice(terminal, `${paint('red', 'failed')} ${printable(text, 100)}: ${found}`);
  }
  return outcomes.some(({ passed }) => !passed);
}
