import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { numberOption, type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { printLine } from '../terminal/terminal.ts';
import { type DevelopmentCertificate, developmentCertificate, LOCAL_NAMES } from './development-certificate.ts';

const OPTIONS = {
  out: { type: 'string', short: 'o', value: 'DIR', description: 'where the two files are written', shownDefault: '.' },
  name: { type: 'string', value: 'WORD', description: 'their names without the ending', shownDefault: 'development' },
  days: {
    type: 'string',
    value: 'DAYS',
    description: 'how long it is valid; browsers refuse more than 825',
    shownDefault: '90',
  },
  force: { type: 'boolean', short: 'f', description: 'overwrites existing files' },
} as const satisfies OptionTable;

/** `tickpeer cert`. */
export const cert: Command = {
  name: 'cert',
  summary: 'makes a certificate and its key for development',
  operands: '[NAME...]',
  options: OPTIONS,
  details: `Writes WORD.crt and WORD.key (PEM; the key can be read by you alone). NAME is a DNS name or an IP address that \
clients connect to; without one, the certificate is for ${LOCAL_NAMES.join(', ')}.

The certificate has signed itself. Nobody trusts it until it is told to: a Godot client by TLSOptions.client(certificate), \
Node by NODE_EXTRA_CA_CERTS, a browser by a click. A public server needs one of an authority, such as Let's Encrypt.`,
  examples: [
    ['tickpeer cert', 'development.crt and development.key for this machine'],
    ['tickpeer cert 192.168.1.20 game.test --out certs', 'for a phone in the same network'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('cert', OPTIONS, words, { least: 0, most: 100, usage: '[NAME...]' });
    const days = numberOption('days', options.days, { fallback: 90, least: 1, most: 3650, isInteger: true });
    const names = operands.length === 0 ? LOCAL_NAMES : operands;
    const made = await make(names, days);
    const path = join(options.out ?? '.', options.name ?? 'development');
    // Before one is written: a key without its certificate is of no use.
    if (!options.force) for (const file of [`${path}.key`, `${path}.crt`]) refuseExisting(file);
    write(`${path}.key`, made.key, options.force, 0o600);
    write(`${path}.crt`, made.certificate, options.force, 0o644);

    printLine(
      terminal,
      `${printable(path)}.crt  for ${names.join(', ')}, until ${made.validTo.toISOString().slice(0, 10)}`,
    );
    printLine(terminal, `${printable(path)}.key  keep it to yourself, and out of the repository`);
    printLine(terminal, `SHA-256      ${made.fingerprint}`);
    return ExitCode.OK;
  },
};

async function make(names: readonly string[], days: number): Promise<DevelopmentCertificate> {
  try {
    return await developmentCertificate(names, days);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(
      `No certificate: ${error.message}.`,
      'NAME is a DNS name or an IP address, for example game.test.',
    );
  }
}

function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw exists(path);
}

function exists(path: string): CommandError {
  const next = '--force overwrites it, --name chooses another name.';
  return new CommandError(ExitCode.IO, `${printable(path)} exists already.`, next);
}

function write(path: string, text: string, isForced: boolean, mode: number): void {
  try {
    // A file that is there would keep its mode, and others may read it.
    if (isForced) rmSync(path, { force: true });
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (error) {
    const { code, message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    if (code === 'EEXIST') throw exists(path);
    throw new CommandError(
      ExitCode.IO,
      `${printable(path)} cannot be written: ${message}`,
      'Choose another directory with --out.',
    );
  }
}
