import { afterEach, describe, expect, test, vi } from 'vitest';
import { Crypto } from './crypto.ts';

const crypto = new Crypto();
const ec = crypto.generateEc();

describe.each(['reflect-metadata', '@peculiar/x509'])('without the optional package %s', (name) => {
  const missing = new Error(`Cannot find package '${name}'`);

  afterEach(() => {
    vi.doUnmock(name);
    vi.resetModules();
  });

  function uninstall(): void {
    vi.resetModules();
    vi.doMock(name, () => {
      throw missing;
    });
  }

  test('issuing a certificate fails with what to install, and why', async () => {
    uninstall();
    const failure = await crypto.generateSelfSignedCertificate(ec).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(TypeError);
    expect((failure as Error).message).toContain('npm install @peculiar/x509 reflect-metadata');
    expect((failure as Error).message).toContain('Node can only read');
    // What the import threw; vitest puts an error of its own around what a mock throws.
    expect((failure as Error).cause).toMatchObject({ cause: missing });
  });

  test('bad arguments still throw a TypeError', async () => {
    uninstall();
    await expect(crypto.generateSelfSignedCertificate(ec, 'XX=1')).rejects.toThrow(TypeError);
  });

  test('it works as soon as the package is there', async () => {
    uninstall();
    await expect(crypto.generateSelfSignedCertificate(ec)).rejects.toThrow(/npm install/);
    vi.doUnmock(name);
    vi.resetModules();
    const certificate = await crypto.generateSelfSignedCertificate(ec);
    expect(certificate.toNodeCertificates()).toHaveLength(1);
  });
});
