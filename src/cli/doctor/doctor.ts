import { domainToASCII } from 'node:url';
import { isFailure } from '../../failure.ts';
import { parseUrl } from '../../protocol/index.ts';
import { TLSOptions } from '../../stream/index.ts';
import { CLIENT_OPTIONS, type ClientSettings, readClientSettings } from '../client/client-options.ts';
import type { Command } from '../command/command.ts';
import { usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { printNotice, type Terminal } from '../terminal/terminal.ts';
import { checkName, checkTcp, type Target } from './addresses.ts';
import { attempt, close } from './attempt.ts';
import { checkTls } from './certificate.ts';
import { checkCompression, checkHandshake, checkIntermediaries, checkOrigins, checkProtocols } from './handshake.ts';
import { checkIdle, checkPing } from './open-connection.ts';
import { checkProxy } from './proxies.ts';
import { Report } from './report.ts';

const OPTIONS = {
  idle: {
    type: 'string',
    value: 'SECONDS',
    description: 'also finds out whether a connection survives so long without traffic',
  },
  json: { type: 'boolean', description: 'one JSON object a finding' },
  ...CLIENT_OPTIONS,
} as const satisfies OptionTable;

/** `tickpeer doctor`. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'looks at every step of connecting to a server, and says what to do about what is wrong',
  operands: 'URL',
  options: OPTIONS,
  details: `Resolves the name, connects to each of its addresses, looks at TLS and the certificate, at proxies, at the \
handshake, at what it does with origins, sub-protocols and compression, and measures Pings. Each finding is one line: ok, note, warning \
or failed; below it is what to do.

It opens about seven connections and sends no message. --idle SECONDS keeps one open without traffic: proxies and routers cut such \
connections after a time, often 60 seconds.

Exit codes: 0 nothing has failed, 1 a check has failed, 3 the server cannot be reached, or does not accept WebSockets at all.`,
  examples: [
    ['tickpeer doctor wss://game.example/ws', 'all checks that take no time'],
    ['tickpeer doctor wss://game.example/ws --idle 120', 'and whether two minutes of silence are survived'],
    ['tickpeer doctor wss://127.0.0.1:8060/ws --ca development.crt', 'with a certificate that you trust'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('doctor', OPTIONS, words, { least: 1, most: 1, usage: 'URL' });
    const idle = numberOption('idle', options.idle, { fallback: 0, least: 0.01, most: 86_400 });
    const settings = readClientSettings(operands[0] ?? '', options);
    const url = parseUrl(settings.url);
    if (isFailure(url)) throw usageError(url.message, 'For example: tickpeer doctor wss://game.example/ws');
    const report = new Report(terminal, options.json);
    const host = /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
    const target: Target = {
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      timeLimit: settings.timeout * 1000,
      interrupted: terminal.interrupted,
    };
    const examination: Examination = {
      settings: {
        ...settings,
        peerOptions: { ...settings.peerOptions, closeTimeLimit: 1, inboundBufferSize: 1 << 24 },
      },
      target,
      isSecure: url.secure,
      sameOrigin: `http${url.secure ? 's' : ''}://${hostAndPort(host, url.port, url.secure)}`,
      idle,
      report,
      terminal,
    };
    const isReached = await examine(examination);
    if (terminal.interrupted.aborted) return ExitCode.INTERRUPTED;
    if (!options.json) printNotice(terminal, report.summary());
    if (!isReached) return ExitCode.NOT_CONNECTED;
    return report.hasFailed ? ExitCode.FAILED : ExitCode.OK;
  },
};

interface Examination {
  readonly settings: ClientSettings;
  readonly target: Target;
  readonly isSecure: boolean;
  readonly sameOrigin: string;
  /** Seconds; 0 for none. */
  readonly idle: number;
  readonly report: Report;
  readonly terminal: Terminal;
}

/** Runs all checks, until one makes the others impossible. Returns whether a WebSocket was opened. */
async function examine(examination: Examination): Promise<boolean> {
  const { settings, target, report, terminal, sameOrigin, idle } = examination;
  const { interrupted } = terminal;
  const names = await checkName(target, report);
  const addresses = interrupted.aborted ? [] : await checkTcp(target, names, report);
  const working = addresses.filter(({ problem }) => problem === '');
  const tls = await checkEncryption(
    examination,
    working.map(({ address }) => address),
  );
  if (interrupted.aborted || tls === null) return false;
  // With a certificate that is refused, the other checks are made nevertheless.
  const lenient = { ...settings, tls };
  const isProxied = await checkProxy(lenient, addresses, report, terminal);
  if (interrupted.aborted || (working.length === 0 && !isProxied)) return false;
  const direct = { ...lenient, peerOptions: { ...lenient.peerOptions, proxy: null } };
  const context = { settings: working.length > 0 ? direct : lenient, report, interrupted, sameOrigin };

  const opened = await checkHandshake(context);
  if (opened === null || interrupted.aborted) return false;
  checkIntermediaries(context, opened.response);
  for (const check of [checkOrigins, checkProtocols, checkCompression]) {
    if (!interrupted.aborted) await check(context, opened);
  }
  if (interrupted.aborted) return true;
  const last = await attempt(context.settings, opened.options, interrupted);
  if (!last.isOpen) {
    report.add(
      'ping',
      'failed',
      `no further connection: ${last.failure?.message ?? ''}`,
      'Is there a limit on connections?',
    );
    return true;
  }
  const drop = (): void => last.peer.close(-1);
  interrupted.addEventListener('abort', drop);
  await checkPing(last.peer, report, interrupted);
  if (idle > 0 && !interrupted.aborted) {
    await checkIdle(last.peer, idle, report, interrupted, (line) => printNotice(terminal, line));
  }
  interrupted.removeEventListener('abort', drop);
  await close(last, interrupted);
  return true;
}

/** TLS with every address. Returns the options for the further checks, or null where TLS works with none. */
async function checkEncryption(
  { isSecure, settings, target, report }: Examination,
  addresses: readonly string[],
): Promise<TLSOptions | null> {
  if (!isSecure || addresses.length === 0) return settings.tls;
  let isEncrypted = false;
  let isTrusted = true;
  for (const address of addresses) {
    const result = await checkTls(target, address, settings.tls, report);
    isEncrypted ||= result.isEncrypted;
    isTrusted &&= result.isTrusted;
  }
  if (!isEncrypted) return null;
  const { key, certificate } = settings.tls.getExtraOptions();
  const own = key === undefined || certificate === undefined ? {} : { key, certificate };
  return isTrusted ? settings.tls : TLSOptions.clientUnsafe(null, own);
}

/** As a browser writes an origin: without the default port. */
function hostAndPort(host: string, port: number, isSecure: boolean): string {
  const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === (isSecure ? 443 : 80) ? shown : `${shown}:${port}`;
}
