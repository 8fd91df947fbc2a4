import { describe, expect, test } from 'vitest';
import { type TLSFailureContext, tlsFailure } from './tls-failure.ts';

const CLIENT: TLSFailureContext = { isServer: false, isOpen: false, expectedName: 'game.test' };
const SERVER: TLSFailureContext = { ...CLIENT, isServer: true };

function nodeError(code: string | undefined, message = 'as Node says'): NodeJS.ErrnoException {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

test('a certificate for another name', () => {
  const error = nodeError('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(tlsFailure(error, CLIENT)).toEqual({
    code: 'TICKPEER_TLS_HOSTNAME_MISMATCH',
    message: 'the certificate is not for "game.test": as Node says',
    cause: error,
  });
});

describe('a certificate that is refused', () => {
  test('is that of the server, or of the client', () => {
    const error = nodeError('CERT_REVOKED');
    const [atClient, atServer] = [CLIENT, SERVER].map((context) => tlsFailure(error, context));
    const code = 'TICKPEER_TLS_CERTIFICATE';
    const verdict = 'was refused: it was revoked (CERT_REVOKED)';
    expect(atClient).toEqual({ code, message: `the certificate of "game.test" ${verdict}`, cause: error });
    expect(atServer).toEqual({ code, message: `the client’s certificate ${verdict}`, cause: error });
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'it has expired'],
    ['CERT_NOT_YET_VALID', 'it is not valid yet'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed and not trusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in an authority that is not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'who signed it is unknown here'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'who signed it is unknown here'],
  ])('%s: %s', (code, verdict) => {
    const failure = tlsFailure(nodeError(code), CLIENT);
    expect(failure.code).toBe('TICKPEER_TLS_CERTIFICATE');
    expect(failure.message).toContain(verdict);
  });
});

describe('a failed handshake', () => {
  test.each<[what: string, code: string | undefined, message: string, reason: string]>([
    ['no TLS there', 'ERR_SSL_WRONG_VERSION_NUMBER', 'x', 'the other side does not speak TLS here'],
    ['HTTP there', 'ERR_SSL_HTTP_REQUEST', 'x', 'the other side does not speak TLS here'],
    ['no certificate', 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'x', 'the client showed no certificate'],
    ['an alert', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'x', 'the other side refused our certificate'],
    ['an alert', 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'x', 'the other side refused our certificate'],
    ['another alert', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'x', 'x'],
    ['a reset', 'ECONNRESET', 'x', 'x'],
  ])('%s: %s', (_, code, message, reason) => {
    const error = nodeError(code, message);
    expect(tlsFailure(error, CLIENT)).toEqual({
      code: 'TICKPEER_TLS',
      message: `the TLS handshake failed: ${reason} (${code})`,
      cause: error,
    });
  });

  test('the code is written once, or not at all when there is none', () => {
    const withCode = tlsFailure(nodeError('EPROTO', 'write EPROTO'), SERVER);
    expect(withCode.message).toBe('the TLS handshake with a client failed: write EPROTO');
    expect(tlsFailure(nodeError(undefined, 'x'), SERVER).message).toBe('the TLS handshake with a client failed: x');
  });
});

describe('on an open connection', () => {
  test.each([
    ['ECONNRESET', 'TICKPEER_CONNECTION_RESET'],
    ['EPIPE', 'TICKPEER_CONNECTION_LOST'],
    [undefined, 'TICKPEER_CONNECTION_LOST'],
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'TICKPEER_TLS'],
    ['ERR_TLS_RENEGOTIATION_DISABLED', 'TICKPEER_TLS'],
  ])('%s is %s', (code, expected) => {
    expect(tlsFailure(nodeError(code), { ...CLIENT, isOpen: true }).code).toBe(expected);
  });

  test('an error of TLS is one of the connection', () => {
    const { message } = tlsFailure(nodeError('ERR_SSL_X', 'x'), { ...SERVER, isOpen: true });
    expect(message).toBe('the TLS connection failed: x (ERR_SSL_X)');
  });
});
