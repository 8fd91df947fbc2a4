import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { TLSOptions } from '../../stream/index.ts';
import { asError, type Target } from './addresses.ts';
import type { Report } from './report.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A certificate that is renewed automatically has more days left than this. */
const FEW_DAYS = 14;

/** Whether TLS works with an address, and whether its certificate is accepted. */
export interface TlsResult {
  readonly isEncrypted: boolean;
  readonly isTrusted: boolean;
}

/** TLS with one address: its version, the certificate, its names and its days. */
export async function checkTls(target: Target, address: string, tls: TLSOptions, report: Report): Promise<TlsResult> {
  const name = tls.getCommonNameOverride() || target.host;
  const outcome = await shakeHands(target, address, name, tls);
  if (outcome instanceof Error) {
    report.add('tls', 'failed', `${address}: ${outcome.message}`, adviceForTls(outcome));
    return { isEncrypted: false, isTrusted: false };
  }
  const { socket, error } = outcome;
  const protocol = socket.getProtocol() ?? 'unknown';
  const text = `${address}: ${protocol}, ${socket.getCipher().standardName}`;
  report.add('tls', 'ok', text);
  const leaf = socket.getPeerX509Certificate();
  socket.destroy();
  if (leaf === undefined) {
    report.add('certificate', 'failed', `${address} sends no certificate`);
    return { isEncrypted: true, isTrusted: false };
  }
  return {
    isEncrypted: true,
    isTrusted: reportCertificate(leaf, name, error, { report, isUnsafe: tls.isUnsafeClient() }),
  };
}

interface ReportContext {
  readonly report: Report;
  /** Whether faults of the certificate do not matter. */
  readonly isUnsafe: boolean;
}

function reportCertificate(
  leaf: X509Certificate,
  name: string,
  error: string,
  { report, isUnsafe }: ReportContext,
): boolean {
  const chain = chainOf(leaf);
  report.add('certificate', 'note', `for ${namesOf(leaf)}; ${chain.map(subjectOf).join(' <- ')}`);
  const from = new Date(leaf.validFrom);
  const until = new Date(leaf.validTo);
  const days = Math.floor((until.getTime() - Date.now()) / DAY);
  const mismatch = nameMismatch(leaf, name);
  let isGood = true;
  const fail = (text: string, advice: string): void => {
    isGood = false;
    report.add('certificate', isUnsafe ? 'warning' : 'failed', text, advice);
  };
  if (days < 0) fail(`it expired on ${day(until)}, ${-days} days ago`, 'Renew it, and let the server load it.');
  else if (from.getTime() > Date.now()) fail(`it is valid from ${day(from)} on`, "Check this machine's clock.");
  else if (days < FEW_DAYS) {
    report.add('certificate', 'warning', `it expires in ${days} days, on ${day(until)}`, 'Renew it soon.');
  } else report.add('certificate', 'ok', `it is valid until ${day(until)}, ${days} days`);
  if (mismatch) fail(`it is not for ${name}`, `Use a name that it has, or get one for ${name}.`);
  const [reason, advice] = trustProblem(error, chain.length);
  if (reason !== '') fail(reason, advice);
  if (isGood) report.add('certificate', 'ok', `it is for ${name}, and its chain is trusted here`);
  return isGood;
}

interface Handshake {
  readonly socket: TLSSocket;
  /** OpenSSL's name for what is wrong with the chain; empty for nothing. */
  readonly error: string;
}

/** Accepts every certificate: what is wrong with it is looked at afterwards. */
function shakeHands(target: Target, address: string, name: string, tls: TLSOptions): Promise<Handshake | Error> {
  const { key, certificate } = tls.getExtraOptions();
  const trusted = tls.getTrustedCaChain();
  const options: ConnectionOptions = {
    host: address,
    port: target.port,
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
    ...(trusted === null ? {} : { ca: trusted.toNodeCertificates().map(String), allowPartialTrustChain: true }),
    ...(key === undefined || certificate === undefined
      ? {}
      : { key: key.saveToString(), cert: certificate.saveToString() }),
  };
  const { interrupted, timeLimit } = target;
  return new Promise((resolve) => {
    const socket = connect(options);
    const end = (outcome: Handshake | Error): void => {
      interrupted.removeEventListener('abort', interrupt);
      socket.setTimeout(0);
      if (outcome instanceof Error) socket.destroy();
      resolve(outcome);
    };
    const interrupt = (): void => end(new Error('interrupted'));
    interrupted.addEventListener('abort', interrupt);
    socket.setTimeout(timeLimit, () => end(new Error(`no TLS within ${timeLimit / 1000} s`)));
    socket.once('secureConnect', () => {
      // Node's types say Error; it is OpenSSL's name of the error.
      const error: unknown = socket.authorizationError;
      end({ socket, error: socket.authorized ? '' : error instanceof Error ? error.message : String(error ?? '') });
    });
    socket.on('error', (error) => end(asError(error)));
    socket.on('close', () => end(new Error('the server closed the connection')));
  });
}

/** The certificates that the server sent, and the trusted one behind them if there is one; the leaf first. */
function chainOf(leaf: X509Certificate): X509Certificate[] {
  const chain = [leaf];
  for (let next = leaf.issuerCertificate; next !== undefined; next = next.issuerCertificate) {
    if (chain.length > 10 || next.fingerprint256 === chain.at(-1)?.fingerprint256) break;
    chain.push(next);
  }
  return chain;
}

function nameMismatch(leaf: X509Certificate, name: string): boolean {
  return checkServerIdentity(name, leaf.toLegacyObject()) !== undefined;
}

function trustProblem(error: string, chainLength: number): readonly [reason: string, advice: string] {
  switch (error) {
    case '':
    case 'CERT_HAS_EXPIRED': // reported with its date
    case 'CERT_NOT_YET_VALID':
      return ['', ''];
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return [
        'it has signed itself, and nobody trusts it',
        '--ca FILE trusts it; a public server needs one of an authority.',
      ];
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return ['its authority is not trusted here', '--ca FILE trusts the authority.'];
    default: {
      const isIncomplete = chainLength === 1 && error.startsWith('UNABLE_TO');
      const advice = isIncomplete
        ? 'Let the server send the certificates between its own and the root ("full chain"), or trust its issuer with --ca.'
        : '';
      return [`its chain is refused: ${error}`, advice];
    }
  }
}

function adviceForTls(error: NodeJS.ErrnoException): string {
  const { code = '' } = error;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST') {
    return 'The server does not speak TLS on this port: use ws://, or another port.';
  }
  if (code.includes('UNSUPPORTED_PROTOCOL') || code.includes('PROTOCOL_VERSION')) {
    return 'It has no TLS 1.2 or newer: clients refuse that. Update the server.';
  }
  if (code.includes('CERTIFICATE_REQUIRED')) return 'It wants a certificate of yours: --cert FILE --key FILE.';
  return 'Is it a server with TLS?';
}

function namesOf({ subjectAltName, subject }: X509Certificate): string {
  return subjectAltName?.replaceAll(/(DNS|IP Address):/g, '') ?? subject;
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ') || 'no subject';
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
