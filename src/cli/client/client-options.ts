import { readFileSync } from 'node:fs';
import { ErrorCode } from '../../error-code.ts';
import { CryptoKey, TLSOptions, X509Certificate } from '../../stream/index.ts';
import type { WebSocketPeerOptions } from '../../websocket/index.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, type ParsedWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';

/** The options of every command that connects to a server. */
export const CLIENT_OPTIONS = {
  header: {
    type: 'string',
    short: 'H',
    multiple: true,
    value: 'LINE',
    description: "a header of the request, 'Name: value'; may be repeated",
  },
  origin: { type: 'string', value: 'ORIGIN', description: 'the Origin header, as a page of that origin sends it' },
  protocol: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    description: 'a sub-protocol to offer; may be repeated, the preferred one first',
  },
  ca: {
    type: 'string',
    value: 'FILE',
    description: "certificates (PEM) that are trusted instead of Node's authorities",
  },
  cert: { type: 'string', value: 'FILE', description: 'a certificate of your own (PEM), for servers that ask for one' },
  key: { type: 'string', value: 'FILE', description: 'its key (PEM)' },
  insecure: { type: 'boolean', short: 'k', description: 'accepts every certificate' },
  'server-name': {
    type: 'string',
    value: 'NAME',
    description: "the name that TLS asks for and that the certificate must have, instead of the URL's",
  },
  proxy: {
    type: 'string',
    value: 'URL',
    description: 'an HTTP proxy, instead of that of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY',
  },
  'no-proxy': { type: 'boolean', description: 'no proxy, whatever the environment says' },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    description: 'how long name and TCP may take together, and then TLS and the handshake',
    shownDefault: '10',
  },
} as const satisfies OptionTable;

type GivenOptions = ParsedWords<typeof CLIENT_OPTIONS>['options'];

/** Where to connect, and how. */
export interface ClientSettings {
  /** With a scheme. */
  readonly url: string;
  readonly tls: TLSOptions;
  /** Seconds. */
  readonly timeout: number;
  readonly peerOptions: WebSocketPeerOptions;
}

/** Reads the files that the options name. Throws a `CommandError` for what cannot be used. */
export function readClientSettings(urlText: string, options: GivenOptions): ClientSettings {
  const timeout = numberOption('timeout', options.timeout, { fallback: 10, least: 0.01, most: 86_400 });
  if (options.proxy !== undefined && options['no-proxy'])
    throw usageError('--proxy and --no-proxy exclude each other.', 'Leave out one.');
  const originLines = options.origin === undefined ? [] : [`Origin: ${options.origin}`];
  return {
    url: webSocketUrl(urlText),
    tls: readTlsOptions(options),
    timeout,
    peerOptions: {
      handshakeHeaders: [...originLines, ...options.header],
      supportedProtocols: options.protocol,
      proxy: options['no-proxy'] ? null : checkedProxy(options.proxy),
      connectTimeLimit: timeout,
      handshakeTimeLimit: timeout,
    },
  };
}

/** The address bar of a browser has `http`; a word without a scheme is a host. */
export function webSocketUrl(text: string): string {
  const url = text.replace(/^http(s?):\/\//i, 'ws$1://');
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^wss?\+unix:/i.test(url) ? url : `ws://${url}`;
}

function readTlsOptions(options: GivenOptions): TLSOptions {
  const { ca, cert, key, insecure } = options;
  const serverName = options['server-name'] ?? '';
  if ((cert === undefined) !== (key === undefined))
    throw usageError('--cert and --key go together.', 'Name both files.');
  if (insecure && (ca !== undefined || serverName !== '')) {
    throw usageError('--insecure checks nothing, so it excludes --ca and --server-name.', 'Leave out --insecure.');
  }
  const own =
    cert === undefined || key === undefined ? {} : { certificate: readCertificate(cert), key: readPrivateKey(key) };
  if (insecure) return TLSOptions.clientUnsafe(null, own);
  return TLSOptions.client(ca === undefined ? null : readCertificate(ca), serverName, own);
}

function readCertificate(file: string): X509Certificate {
  const certificate = new X509Certificate();
  if (certificate.loadFromString(readText(file)) === ErrorCode.OK) return certificate;
  throw unusable(file, 'it has no certificate', 'It is a text with BEGIN CERTIFICATE in it (PEM).');
}

function readPrivateKey(file: string): CryptoKey {
  const key = new CryptoKey();
  if (key.loadFromString(readText(file)) === ErrorCode.OK) return key;
  throw unusable(
    file,
    'it has no private key, or an encrypted one',
    'It is a text with BEGIN PRIVATE KEY in it (PEM).',
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), 'Check the path.');
  }
}

function unusable(file: string, problem: string, nextStep: string): CommandError {
  return new CommandError(ExitCode.IO, `${printable(file)} cannot be used: ${problem}.`, nextStep);
}

/** The peer throws for a URL that is no proxy's. */
function checkedProxy(given: string | undefined): string {
  if (given === undefined) return 'environment';
  if (/^(https?:\/\/)?[^/\s]+\/?$/i.test(given)) return given;
  throw usageError('--proxy: it is no URL of a proxy.', 'For example: --proxy http://user:password@proxy.example:3128');
}
