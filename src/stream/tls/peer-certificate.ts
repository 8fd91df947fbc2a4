import { TLSSocket } from 'node:tls';
import { X509Certificate } from '../crypto/x509-certificate.ts';

/** Whether Node has verified the other side of `socket`. */
export function verifiedByNode(socket: object | null | undefined): boolean {
  return socket instanceof TLSSocket && socket.authorized;
}

/** The other side's certificate; null when it has none, and when `socket` has no TLS. */
export function peerCertificate(socket: object | null | undefined): X509Certificate | null {
  const found = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (found === undefined) return null;
  const certificate = new X509Certificate();
  certificate.loadFromString(found.toString());
  return certificate;
}
