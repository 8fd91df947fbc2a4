import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { ErrorCode } from '../../error-code.ts';
import { WebSocketServer } from '../../websocket/index.ts';
import { developmentCertificate, LOCAL_NAMES } from '../cert/development-certificate.ts';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { listen } from '../command/listen.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { ECHO_OPTIONS, EchoServer } from './echo-server.ts';
import { RelayServer } from './relay-server.ts';
import { type SiteOptions, siteServer } from './site.ts';

const OPTIONS = {
  port: {
    type: 'string',
    short: 'p',
    value: 'PORT',
    description: 'the port; 0 chooses a free one',
    shownDefault: '8060',
  },
  host: {
    type: 'string',
    value: 'ADDRESS',
    description: 'the address; 0.0.0.0 is reached from other machines',
    shownDefault: '127.0.0.1',
  },
  echo: { type: 'boolean', description: 'WebSockets at --path get every message back' },
  relay: { type: 'boolean', description: 'Godot clients at --path are admitted, and reach each other' },
  path: { type: 'string', value: 'PATH', description: 'the path of the WebSockets', shownDefault: '/ws' },
  'allow-origin': {
    type: 'string',
    multiple: true,
    value: 'ORIGIN',
    description:
      "a page's origin whose WebSockets are admitted, instead of this server's; * admits all; may be repeated",
  },
  tls: { type: 'boolean', description: 'HTTPS and WSS, with a certificate made on the spot' },
  cert: { type: 'string', value: 'FILE', description: 'with --tls: your certificate (PEM)' },
  key: { type: 'string', value: 'FILE', description: 'with --tls: its key (PEM)' },
  'no-isolation': { type: 'boolean', description: 'leaves out the two headers that give pages SharedArrayBuffer' },
  quiet: { type: 'boolean', short: 'q', description: 'no line for each request' },
} as const satisfies OptionTable;

type Words = ReturnType<typeof parse>;

const TICKS_PER_SECOND = 60;
/** Seconds that the clients have to answer the Close when the command ends. */
const GOODBYE = 2;

/** `tickpeer serve`. */
export const serve: Command = {
  name: 'serve',
  summary: 'serves a directory with the headers that a Godot web export needs, and an echo or relay server beside it',
  operands: '[DIR]',
  options: OPTIONS,
  details: `Serves the files of DIR (default: the current directory) until Ctrl-C. Pages get the headers \
Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, without which an export with threads does not start, and the right \
media types. Files are read anew for every request. Hidden files are not served, \
and nothing outside of DIR, also not by a symbolic link.

With --echo or --relay, WebSockets share the port. --echo sends messages of up to 16 MiB back. --relay is a multiplayer server without a game: clients see each other, \
and their packets to each other are passed on.

It is for development: there are no limits on how much a client asks for. With --host 0.0.0.0 everybody in your network can read DIR.`,
  examples: [
    ['tickpeer serve build/web', 'a web export, at http://127.0.0.1:8060/'],
    [
      'tickpeer serve build/web --relay --host 0.0.0.0 --tls',
      'the same for phones in your network, with a relay at wss://…:8060/ws',
    ],
    ['tickpeer serve --echo --port 9001', 'an echo server at ws://127.0.0.1:9001/ws'],
  ],
  async run(words, terminal) {
    const given = parse(words);
    const paint = paintFor(terminal.stdout, terminal.env);
    const http = makeServer(given.options.cert ?? '', {
      directory: given.directory,
      tls: given.options.tls ? await certificate(given, terminal) : null,
      isIsolated: !given.options['no-isolation'],
      onRequest: (request, response) => {
        if (given.options.quiet) return;
        const status = response.writableFinished ? String(response.statusCode) : 'broken off';
        const line = `${status} ${request.method} ${printable(request.url ?? '', 200)}`;
        printLine(terminal, response.statusCode >= 400 ? paint('yellow', line) : paint('dim', line));
      },
    });
    const sockets = new WebSocketServer({
      allowedOrigins: given.origins,
      ...(given.options.echo ? ECHO_OPTIONS : {}),
    });
    const game = attach(given, sockets, http, terminal);
    const { port: wanted, host } = given;
    await listen(http, { port: wanted, host, option: '--port' }, (line) => printNotice(terminal, printable(line)));

    const { port } = http.address() as AddressInfo; // it listens on a TCP port
    const origin = `${given.options.tls ? 's' : ''}://${urlHost(given.host)}:${port}`;
    printLine(terminal, `${paint('bold', `http${origin}/`)}  ${printable(given.directory)}`);
    if (game !== null) {
      const kind = given.options.echo ? 'sends every message back' : 'relays between Godot clients';
      printLine(terminal, `${paint('bold', `ws${origin}${printable(given.path)}`)}  ${kind}`);
    }
    printNotice(terminal, 'Ctrl-C ends it.');

    const loop = setInterval(() => game?.poll(), 1000 / TICKS_PER_SECOND);
    await new Promise<void>((resolve) => {
      if (terminal.interrupted.aborted) resolve();
      else terminal.interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
    await close(http, sockets, game);
    clearInterval(loop);
    return ExitCode.OK;
  },
};

function parse(words: readonly string[]) {
  const { options, operands } = parseWords('serve', OPTIONS, words, { least: 0, most: 1, usage: '[DIR]' });
  const port = numberOption('port', options.port, { fallback: 8060, most: 65_535, isInteger: true });
  const [directory = '.'] = operands;
  const path = options.path ?? '/ws';
  if (options.echo && options.relay)
    throw usageError('--echo and --relay exclude each other.', 'Start a second one on another --port.');
  if (!path.startsWith('/'))
    throw usageError(`--path ${path}: a path begins with a slash.`, `For example: --path /${path}`);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw usageError('--cert and --key go together.', 'Leave out both, and a certificate is made on the spot.');
  }
  if (options.cert !== undefined && !options.tls) throw usageError('--cert is used with --tls only.', 'Add --tls.');
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandError(
      ExitCode.IO,
      `${printable(directory)} is no directory.`,
      'Name the directory of your web export.',
    );
  }
  const allowed = options['allow-origin'];
  const origins = allowed.includes('*') ? ('*' as const) : allowed.length === 0 ? ('same-origin' as const) : allowed;
  return { options, directory, port, path, origins, host: options.host ?? '127.0.0.1' };
}

async function certificate({ options, host }: Words, terminal: Terminal): Promise<{ key: string; cert: string }> {
  if (options.cert !== undefined && options.key !== undefined)
    return { cert: read(options.cert), key: read(options.key) };
  const made = await developmentCertificate([...LOCAL_NAMES, ...localAddresses(host)], 30);
  printNotice(terminal, 'The certificate is made on the spot: browsers warn once. SHA-256:');
  printNotice(terminal, `  ${made.fingerprint}`);
  return { key: made.key, cert: made.certificate };
}

/** Throws a `CommandError` when `certificateFile` and its key cannot be used. */
function makeServer(certificateFile: string, options: SiteOptions): Server {
  try {
    return siteServer(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(certificateFile)} and its key cannot be used: ${printable(reason)}`,
      'Both are PEM, and the key is that of the certificate. tickpeer cert makes both.',
    );
  }
}

/** With 0.0.0.0, the certificate is for all addresses of this machine. */
function localAddresses(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return LOCAL_NAMES.includes(host) ? [] : [host];
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return all.filter(({ internal }) => !internal).map(({ address }) => address.replace(/%.*$/, ''));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(file)} cannot be read: ${reason}`,
      'tickpeer cert makes both files.',
    );
  }
}

/** The server behind the WebSockets, or null if there are none. */
function attach(
  { options, path }: Words,
  sockets: WebSocketServer,
  http: Server,
  terminal: Terminal,
): EchoServer | RelayServer | null {
  if (!options.echo && !options.relay) return null;
  const result = sockets.attach(http, { path });
  if (result !== ErrorCode.OK) throw new Error(`attach: ${sockets.getLastFailure()?.message ?? result}`);
  return options.echo ? new EchoServer(sockets) : new RelayServer(sockets, (line) => printLine(terminal, line));
}

/** The clients get a Close and some time for theirs. */
async function close(http: Server, sockets: WebSocketServer, game: EchoServer | RelayServer | null): Promise<void> {
  if (game !== null) {
    sockets.stop({ timeLimit: GOODBYE });
    while (!sockets.isStopped()) {
      game.poll();
      await setTimeout(1000 / TICKS_PER_SECOND);
    }
  }
  http.close();
  http.closeAllConnections();
}

/** An address as a URL has it: one that a browser on this machine can open. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
