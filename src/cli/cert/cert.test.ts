import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../../test/support/fake-terminal.ts';

describe('tickpeer cert', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tickpeer-cert-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('writes a certificate for this machine and a key that only its owner can read', async () => {
    const run = runCommand(['cert', '--out', directory]);
    expect(await run.exitCode).toBe(0);
    const certificate = new X509Certificate(readFileSync(join(directory, 'development.crt')));
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBeDefined();
    expect(run.stdout()).toContain(certificate.fingerprint256);
    const days = (new Date(certificate.validTo).getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89);
    expect(days).toBeLessThanOrEqual(90);
    const key = join(directory, 'development.key');
    expect(readFileSync(key, 'utf8')).toContain('BEGIN PRIVATE KEY');
    expect(statSync(key).mode & 0o077).toBe(0);
  });

  test('is for the names that are given', async () => {
    const run = runCommand(['cert', 'game.test', '192.0.2.7', '--out', directory, '--name', 'game', '--days', '1']);
    expect(await run.exitCode).toBe(0);
    const certificate = new X509Certificate(readFileSync(join(directory, 'game.crt')));
    expect(certificate.checkHost('game.test')).toBe('game.test');
    expect(certificate.checkIP('192.0.2.7')).toBe('192.0.2.7');
    expect(certificate.checkHost('localhost')).toBeUndefined();
  });

  test('does not overwrite a key, except with --force', async () => {
    expect(await runCommand(['cert', '--out', directory]).exitCode).toBe(0);
    const key = readFileSync(join(directory, 'development.key'), 'utf8');
    const again = runCommand(['cert', '--out', directory]);
    expect(await again.exitCode).toBe(5);
    expect(again.stderr()).toMatch(/development\.key exists already\.\n--force overwrites it/);
    expect(readFileSync(join(directory, 'development.key'), 'utf8')).toBe(key);
    expect(await runCommand(['cert', '--out', directory, '--force']).exitCode).toBe(0);
    expect(readFileSync(join(directory, 'development.key'), 'utf8')).not.toBe(key);
  });

  test('writes none of both when one is there; --force makes a key that others cannot read, and follows no link', async () => {
    const [key, certificate] = [join(directory, 'development.key'), join(directory, 'development.crt')];
    writeFileSync(certificate, 'old');
    const refused = runCommand(['cert', '--out', directory]);
    expect(await refused.exitCode).toBe(5);
    expect(refused.stderr()).toMatch(/development\.crt exists already/);
    expect(existsSync(key)).toBe(false);
    const other = join(directory, 'other');
    writeFileSync(other, 'other');
    symlinkSync(other, key);
    expect(await runCommand(['cert', '--out', directory]).exitCode).toBe(5);
    expect(await runCommand(['cert', '--out', directory, '--force']).exitCode).toBe(0);
    expect(readFileSync(other, 'utf8')).toBe('other');
    expect(statSync(key).mode & 0o077).toBe(0);
    chmodSync(key, 0o644);
    expect(await runCommand(['cert', '--out', directory, '--force']).exitCode).toBe(0);
    expect(statSync(key).mode & 0o077).toBe(0);
  });

  test.each([
    [['--days', '0'], /--days 0: it must be a whole number from 1 to 3650/],
    [['--days', '3651'], /--days 3651/],
    [['--days', 'soon'], /--days soon/],
    [['--days', '1.5'], /--days 1\.5/],
    [['a name with spaces'], /No certificate: /],
  ])('%j is refused with 2', async (words, message) => {
    const run = runCommand(['cert', '--out', directory, ...words]);
    expect(await run.exitCode).toBe(2);
    expect(run.stderr()).toMatch(message);
  });

  test('a directory that is not there is refused with 5', async () => {
    const run = runCommand(['cert', '--out', join(directory, 'missing')]);
    expect(await run.exitCode).toBe(5);
    expect(run.stderr()).toMatch(/cannot be written: ENOENT/);
  });
});
