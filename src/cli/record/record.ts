import { type AddressInfo, isIPv6 } from 'node:net';
import { RecordingWriter } from '../../testing/index.ts';
import type { Command } from '../command/command.ts';
import { usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { listen } from '../command/listen.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { RecordingFile } from './recording-file.ts';
import { RecordingProxy, type Target } from './recording-proxy.ts';

const OPTIONS = {
  to: { type: 'string', value: 'URL', description: 'the server: ws://… or wss://…; its path has no meaning here' },
  listen: {
    type: 'string',
    short: 'p',
    value: 'PORT',
    description: 'the port that clients connect to; 0 chooses a free one',
    shownDefault: '9090',
  },
  host: { type: 'string', value: 'ADDRESS', description: 'the address to listen on', shownDefault: '127.0.0.1' },
  out: { type: 'string', short: 'o', value: 'FILE', description: 'the recording', shownDefault: 'tickpeer.rec' },
  force: { type: 'boolean', short: 'f', description: 'overwrites an existing file' },
  insecure: { type: 'boolean', short: 'k', description: 'the certificate of a wss:// server is not checked' },
} as const satisfies OptionTable;

/** How often what was recorded is written, in milliseconds: what a crash may lose. */
const FLUSH_INTERVAL = 250;

/** `tickpeer record`. */
export const record: Command = {
  name: 'record',
  summary: 'passes connections on to a server, and records the bytes of both directions',
  operands: '--to URL',
  options: OPTIONS,
  details: `Listens on a port and passes each connection on to the server, byte by byte, until Ctrl-C. The clients connect to \
this port instead of the server's. FILE gets all bytes with their times: tickpeer decode shows the messages in it, and tickpeer \
replay runs a server with what the clients have sent.

To a wss:// server the connection is encrypted, and the clients connect to this port with ws://: so the recording can be \
read. A server that checks the headers Host or Origin sees those of this port.`,
  examples: [
    ['tickpeer record --to ws://127.0.0.1:9080', 'clients connect to ws://127.0.0.1:9090'],
    ['tickpeer record --to wss://game.example --listen 9000 --out bug.rec', 'a recording of a server with TLS'],
  ],
  async run(words, terminal) {
    const { options } = parseWords('record', OPTIONS, words, { least: 0, most: 0, usage: '--to URL' });
    const target = targetOf(options.to, options.insecure);
    const port = numberOption('listen', options.listen, { fallback: 9090, most: 65_535, isInteger: true });
    const host = options.host ?? '127.0.0.1';
    const path = options.out ?? 'tickpeer.rec';
    const file = new RecordingFile(path, options.force);
    try {
      await run(target, port, host, file, path, terminal);
    } finally {
      file.close();
    }
    return ExitCode.OK;
  },
};

async function run(
  target: Target,
  port: number,
  host: string,
  file: RecordingFile,
  path: string,
  terminal: Terminal,
): Promise<void> {
  const paint = paintFor(terminal.stdout, terminal.env);
  const start = performance.now();
  let stop: (error: unknown) => void = () => {};
  const stopped = new Promise<void>((_, reject) => {
    stop = reject;
  });
  const guarded = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      stop(error); // the disk is full
    }
  };
  const writer = new RecordingWriter({ seed: 1, startedAt: Date.now() }, (chunk) => guarded(() => file.write(chunk)));
  const now = (): number => performance.now() - start;
  const note = (line: string): void => printNotice(terminal, printable(line));
  const proxy = new RecordingProxy(target, writer, now, note);
  await listen(proxy.server, { port, host, option: '--listen' }, note);
  // Not before: a recording that is there stays when the port is taken.
  try {
    file.open();
  } catch (error) {
    proxy.close();
    throw error;
  }
  // The server listens on a TCP port.
  const { port: chosen } = proxy.server.address() as AddressInfo;
  printLine(
    terminal,
    `${paint('bold', `ws://${isIPv6(host) ? `[${host}]` : host}:${chosen}/`)}  recorded in ${printable(path)}`,
  );
  printNotice(terminal, 'Ctrl-C ends it.');
  const timer = setInterval(() => guarded(() => file.flush()), FLUSH_INTERVAL);
  const interrupted = new Promise<void>((resolve) => {
    if (terminal.interrupted.aborted) resolve();
    else terminal.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([interrupted, stopped]);
  } finally {
    clearInterval(timer);
    proxy.close();
  }
  const { connections, received, sent } = proxy.counts;
  const counts = `${connections} ${connections === 1 ? 'connection' : 'connections'}, ${received} bytes received, ${sent} bytes sent`;
  printLine(terminal, `${printable(path)}: ${counts}, ${file.size} bytes in the file`);
}

function targetOf(text: string | undefined, isInsecure: boolean): Target {
  const example = 'For example: --to ws://127.0.0.1:9080';
  if (text === undefined) throw usageError('--to is missing: the server that connections are passed on to.', example);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['ws:', 'wss:'].includes(url.protocol))
    throw usageError(`--to ${printable(text, 200)} is no ws:// or wss:// URL.`, example);
  const isTls = url.protocol === 'wss:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, isTls, isInsecure };
}
