// A key and a certificate for the TLS workloads, created for one run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Crypto } from '../dist/index.js';

/** Writes both to `folder`; returns their paths. */
export async function makeIdentity(folder) {
  const crypto = new Crypto();
  const key = crypto.generateEc();
  const certificate = await crypto.generateSelfSignedCertificate(key, 'CN=127.0.0.1');
  const paths = { key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') };
  mkdirSync(folder, { recursive: true });
  writeFileSync(paths.key, key.saveToString());
  writeFileSync(paths.certificate, certificate.saveToString());
  return paths;
}
