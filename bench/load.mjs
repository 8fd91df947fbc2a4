// The load: load.c if there is a C compiler, otherwise the same in JavaScript, which is slower and may limit the measurement.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The command that starts it, and its description. `canTls` is false if only TLS had to be left out. */
export function findLoad(isNode) {
  const folder = here('build');
  const binary = join(folder, 'load');
  mkdirSync(folder, { recursive: true });
  const inNode = { command: [process.execPath, here('load-in-node.mjs')], name: 'in Node', canTls: true };
  if (isNode) return inNode;
  for (const [flags, name] of [
    [['-DTLS', '-lssl', '-lcrypto'], 'in C'],
    [[], 'in C, without TLS'],
  ]) {
    try {
      execFileSync('cc', ['-O2', '-o', binary, here('load.c'), ...flags], { stdio: 'ignore' });
      return { command: [binary], name, canTls: flags.length > 0 };
    } catch {
      // No compiler, or no OpenSSL to build with.
    }
  }
  return inNode;
}
