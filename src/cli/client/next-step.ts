import type { Failure } from '../../failure.ts';
import type { HandshakeResponse } from '../../websocket/index.ts';
import { shownUrl } from './shown-url.ts';

const PROXY_STEP = '--no-proxy connects without the proxy; --proxy URL uses another one.';

/** What to do about a connection that failed. Without `url`, never "ask the doctor". */
export function nextStepFor(failure: Failure, response: HandshakeResponse | null, url: string): string {
  switch (failure.code) {
    case 'TICKPEER_CANT_RESOLVE':
      return 'Check the spelling of the host.';
    case 'TICKPEER_CANT_CONNECT':
      return 'Start the server, or check host and port.';
    case 'TICKPEER_CONNECT_TIMEOUT':
      return 'A firewall may drop the packets. --timeout SECONDS waits longer.';
    case 'TICKPEER_HANDSHAKE_TIMEOUT':
      return `The server took the connection and did not answer. ${doctor(url)}`.trimEnd();
    case 'TICKPEER_TLS_CERTIFICATE':
      return '--ca FILE trusts a certificate or its authority, --insecure trusts every one.';
    case 'TICKPEER_TLS_HOSTNAME_MISMATCH':
      return 'Use a name that the certificate has, or name one of them with --server-name.';
    case 'TICKPEER_TLS':
      return 'A server without TLS has a URL with ws://. A server that wants a certificate gets it with --cert and --key.';
    case 'TICKPEER_CONNECTION_LOST':
    case 'TICKPEER_CONNECTION_RESET':
    case 'TICKPEER_HANDSHAKE_MALFORMED':
      return `Is it a WebSocket server? A server with TLS has a URL with wss://. ${doctor(url)}`.trimEnd();
    case 'TICKPEER_HANDSHAKE_STATUS':
      return stepForStatus(response?.status ?? 0, url);
    case 'TICKPEER_HANDSHAKE_PROTOCOL':
      return '--protocol NAME offers a sub-protocol that the server knows.';
    default:
      return failure.code.startsWith('TICKPEER_PROXY') ? PROXY_STEP : doctor(url);
  }
}

function stepForStatus(status: number, url: string): string {
  if (status >= 300 && status < 400) return '--redirects 5 follows redirects.';
  if (status === 400) return 'It may want a sub-protocol (--protocol NAME) or another header (-H).';
  if (status === 401) return "Credentials go into the URL, or into -H 'Authorization: …'.";
  if (status === 403) return 'It may want a certain --origin, or credentials.';
  if (status === 404 || status === 200) return 'Check the path: WebSockets may be at another one, such as /ws.';
  if (status === 429 || status === 503) return 'The server is full, or limits how often you connect. Try again later.';
  return doctor(url);
}

function doctor(url: string): string {
  return url === '' ? '' : `tickpeer doctor ${shownUrl(url)} looks at every step.`;
}
