import type { HandshakeResponse, WebSocketPeerOptions } from '../../websocket/index.ts';
import type { ClientSettings } from '../client/client-options.ts';
import { nextStepFor } from '../client/next-step.ts';
import { type Attempt, attempt, close, outcomeOf } from './attempt.ts';
import type { Report } from './report.ts';

/** An origin that no server can have in its list. */
const FOREIGN_ORIGIN = 'https://foreign.invalid';

/** How to connect, and where the findings go. */
export interface HandshakeContext {
  readonly settings: ClientSettings;
  readonly report: Report;
  readonly interrupted: AbortSignal;
  /** The origin of a page that the server itself serves: `https://game.example`. */
  readonly sameOrigin: string;
}

/** The options that opened a connection. */
export interface Opened {
  readonly options: WebSocketPeerOptions;
  readonly response: HandshakeResponse | null;
}

/** The upgrade. Returns the options that work, or null. */
export async function checkHandshake(context: HandshakeContext): Promise<Opened | null> {
  const { settings, report } = context;
  const first = await tryOnce(context, {});
  if (first.isOpen) {
    report.add('handshake', 'ok', `101 in ${first.milliseconds.toFixed(1)} ms, with everything before it`);
    return { options: {}, response: first.response };
  }
  if (first.failure !== null) {
    const step = nextStepFor(first.failure, first.response, '');
    report.add('handshake', 'failed', first.failure.message, redirectOf(first.response) || step);
  } else {
    const { peer } = first;
    report.add('handshake', 'failed', `opened, and closed at once: ${peer.getCloseCode()} ${peer.getCloseReason()}`);
  }
  if (first.response === null || hasOrigin(settings)) return null;
  const options = withOrigin(settings, context.sameOrigin);
  const second = await tryOnce(context, options);
  return second.isOpen ? { options, response: second.response } : null;
}

/** The headers of the response that a proxy, a cache or a framework has added. */
export function checkIntermediaries({ report }: HandshakeContext, response: HandshakeResponse | null): void {
  if (response === null) return;
  const found = [...response.headers].filter(([name]) => /^(server|via|age|alt-svc|x-|cf-|fly-|forwarded)/i.test(name));
  const text = found.map(([name, value]) => `${name}: ${value}`).join('; ');
  report.add('headers', 'note', text === '' ? 'none that names a server or a proxy in between' : text);
}

/** Which pages may connect. */
export async function checkOrigins(context: HandshakeContext): Promise<void> {
  const { settings, report, sameOrigin } = context;
  const none = await tryOnce(context, { handshakeHeaders: headersWithout(settings, 'origin') });
  const same = await tryOnce(context, withOrigin(settings, sameOrigin));
  const foreign = await tryOnce(context, withOrigin(settings, FOREIGN_ORIGIN));
  if (none.isOpen) report.add('origin', 'ok', 'without Origin: accepted, so programs may connect');
  else
    report.add(
      'origin',
      'warning',
      `without Origin: ${outcomeOf(none)}`,
      'Programs other than browsers have to send one: --origin.',
    );
  if (same.isOpen) report.add('origin', 'ok', `${sameOrigin}: accepted`);
  else {
    const advice = 'Pages from the host of the server may not connect. Is that meant?';
    report.add('origin', 'warning', `${sameOrigin}: ${outcomeOf(same)}`, advice);
  }
  if (!foreign.isOpen) report.add('origin', 'ok', `${FOREIGN_ORIGIN}: ${outcomeOf(foreign)}`);
  else {
    const advice =
      'Pages of every site may connect. If the server trusts cookies, allow only the origins of your pages.';
    report.add('origin', 'warning', `${FOREIGN_ORIGIN}: accepted`, advice);
  }
}

/** Which sub-protocol the server chooses, and whether it needs one. */
export async function checkProtocols(context: HandshakeContext, { options }: Opened): Promise<void> {
  const { settings, report } = context;
  const offered = settings.peerOptions.supportedProtocols ?? [];
  if (offered.length === 0) {
    report.add('protocol', 'note', 'none offered, and none needed. --protocol NAME tries one.');
    return;
  }
  const chosen = await tryOnce(context, options);
  const name = chosen.peer.getSelectedProtocol();
  report.add('protocol', 'ok', `offered ${offered.join(', ')}: the server chose ${name}`);
  const without = await tryOnce(context, { ...options, supportedProtocols: [] });
  report.add('protocol', 'note', `none offered: ${outcomeOf(without)}`);
}

/** Whether the server agrees to permessage-deflate. */
export async function checkCompression(context: HandshakeContext, { options }: Opened): Promise<void> {
  const { report } = context;
  const result = await tryOnce(context, { ...options, compression: true });
  const extensions = result.response?.headers.get('Sec-WebSocket-Extensions') ?? '';
  if (!result.isOpen) {
    const advice = 'Offering it must not end the handshake (RFC 6455 9.1). Browsers offer it always.';
    report.add('compression', 'failed', `permessage-deflate offered: ${outcomeOf(result)}`, advice);
  } else if (extensions === '') report.add('compression', 'note', 'permessage-deflate offered: not used by the server');
  else report.add('compression', 'ok', `permessage-deflate offered: ${extensions}`);
}

/** Connects and closes again. */
async function tryOnce({ settings, interrupted }: HandshakeContext, changes: WebSocketPeerOptions): Promise<Attempt> {
  const result = await attempt(settings, changes, interrupted);
  if (result.isOpen) await close(result, interrupted);
  return result;
}

function redirectOf(response: HandshakeResponse | null): string {
  if (response === null || response.status < 300 || response.status > 399) return '';
  const target = response.headers.get('Location') ?? '';
  return `Browsers follow no redirect of a WebSocket: use its target as the URL, ${target}`;
}

function hasOrigin(settings: ClientSettings): boolean {
  return (settings.peerOptions.handshakeHeaders ?? []).some((line) => /^origin\s*:/i.test(line));
}

function withOrigin(settings: ClientSettings, origin: string): WebSocketPeerOptions {
  return { handshakeHeaders: [...headersWithout(settings, 'origin'), `Origin: ${origin}`] };
}

function headersWithout({ peerOptions }: ClientSettings, name: string): string[] {
  return (peerOptions.handshakeHeaders ?? []).filter((line) => !line.toLowerCase().startsWith(`${name}:`));
}
