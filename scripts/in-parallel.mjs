// node scripts/in-parallel.mjs SCRIPT…: runs scripts of package.json at the same time. What each of them prints comes when it has
// ended. Exits with 1 when one has failed; the others still run to their end.

import { spawn } from 'node:child_process';

const codes = await Promise.all(
  process.argv.slice(2).map(
    (script) =>
      new Promise((resolve) => {
        const child = spawn('npm', ['run', '--silent', script], {
          stdio: ['ignore', 'pipe', 'pipe'],
          shell: process.platform === 'win32',
        });
        const printed = [];
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
        child.once('close', (code) => {
          process.stdout.write(Buffer.concat(printed));
          if (code !== 0) console.error(`npm run ${script} failed`);
          resolve(code);
        });
      }),
  ),
);
process.exit(codes.every((code) => code === 0) ? 0 : 1);
