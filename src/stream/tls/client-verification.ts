import type { TLSSocket } from 'node:tls';
import { isError } from '../../bytes.ts';

/**
 * OpenSSL's verdict on the certificate that a client showed to `socket`, whose handshake is done: null when it is good. No certificate
 * at all is an error as well.
 *
 * Node looks at the verdict in `tls.Server` alone, and has no public name for it elsewhere: `verifyError` is a part of its own.
 * Where it is missing (another runtime, a later Node), nobody is taken for verified.
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
