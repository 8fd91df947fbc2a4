import { type Failure, failed } from '../../failure.ts';
import { connectionFailure } from '../socket/connection-failure.ts';

const SELF_SIGNED = `it is self-signed and not trusted. ${trust('it')}`;
const UNKNOWN_ISSUER = `who signed it is unknown here, or the other side does not send the certificates in between. ${trust('its authority')}`;

/** What OpenSSL's errors about a certificate mean, and what to do. The keys are Node's `error.code`. */
const CERTIFICATE_ERRORS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "it has expired. Renew it, or check this machine's clock"],
  ['CERT_NOT_YET_VALID', "it is not valid yet. Check this machine's clock"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', SELF_SIGNED],
  ['SELF_SIGNED_CERT_IN_CHAIN', `its chain ends in an authority that is not trusted. ${trust('that authority')}`],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_ISSUER],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_ISSUER],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_ISSUER],
  ['CERT_UNTRUSTED', UNKNOWN_ISSUER],
  ['CERT_SIGNATURE_FAILURE', 'its signature is wrong'],
  ['CERT_REVOKED', 'it was revoked'],
  ['CERT_REJECTED', 'it was rejected'],
  ['CERT_CHAIN_TOO_LONG', 'its chain is too long'],
  ['INVALID_CA', 'an authority in its chain may not sign certificates'],
  ['INVALID_PURPOSE', 'it is not meant for this'],
  ['PATH_LENGTH_EXCEEDED', 'its chain is longer than an authority in it allows'],
]);

/** The state of a TLS connection when it failed. */
export interface TLSFailureContext {
  isServer: boolean;
  /** Whether the handshake was done. */
  isOpen: boolean;
  /** The name that the certificate should have been for. */
  expectedName: string;
}

/** The failure for an error of a `tls.TLSSocket`. */
export function tlsFailure(error: NodeJS.ErrnoException, context: TLSFailureContext): Failure {
  const { code = '' } = error;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const message = `the certificate is not for "${context.expectedName}": ${error.message}`;
    return failed('TICKPEER_TLS_HOSTNAME_MISMATCH', message, error);
  }
  const verdict = CERTIFICATE_ERRORS.get(code);
  if (verdict !== undefined) {
    const whose = context.isServer ? 'the client’s certificate' : `the certificate of "${context.expectedName}"`;
    const message = `${whose} was refused: ${verdict} (${code})`;
    return failed('TICKPEER_TLS_CERTIFICATE', message, error);
  }
  // An error of TLS itself on an open connection (a broken record) is told apart from one of the connection below.
  if (context.isOpen && !code.startsWith('ERR_SSL') && !code.startsWith('ERR_TLS')) return connectionFailure(error);
  return failed('TICKPEER_TLS', `${doing(context)} failed: ${reason(error)}`, error);
}

function doing({ isServer, isOpen }: TLSFailureContext): string {
  if (isOpen) return 'the TLS connection';
  return isServer ? 'the TLS handshake with a client' : 'the TLS handshake';
}

function reason(error: NodeJS.ErrnoException): string {
  const { code = '', message } = error;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST') {
    return `the other side does not speak TLS here (${code})`;
  }
  if (code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE') return `the client showed no certificate (${code})`;
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE)$/.test(code)) {
    return `the other side refused our certificate (${code})`;
  }
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

function trust(what: string): string {
  return `Pass ${what} as the trusted chain: TLSOptions.client(certificate), or a server’s trustedClientChain`;
}
