/** Rejects: a browser cannot issue certificates. */
export async function issueCertificate(): Promise<string> {
  throw new Error('a browser cannot issue certificates');
}
