import type { TLSSocket } from 'node:tls';
import { isError } from '../../bytes.ts';

/**
 * OpenSSL's error about the certificate of the client on `socket`, whose handshake is done; null when it is verified. A
 * missing certificate is an error as well.
 *
 * Node reads it only in `tls.Server` and has no public function for it: `verifyError` is private. Where it is missing
 * (another runtime, a later Node), no client counts as verified.
 */
export function clientVerification(socket: TLSSocket): NodeJS.ErrnoException | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!canVerify(handle)) return new Error('this runtime does not tell whether a client’s certificate is good');
  const error: unknown = handle.verifyError();
  if (error === null || error === undefined) return null;
  return isError(error) ? error : new Error(String(error));
}

function canVerify(handle: unknown): handle is { verifyError(): unknown } {
  return (
    typeof handle === 'object' && handle !== null && 'verifyError' in handle && typeof handle.verifyError === 'function'
  );
}
