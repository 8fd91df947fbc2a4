import type { Server } from 'node:net';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-code.ts';

/**
 * Opens a port. Rejects with a `CommandError` when it cannot be opened; `option` names the port. Later errors of the server, such as too
 * many open files, go to `note` and do not end it.
 */
export function listen(
  server: Server,
  { port, host, option }: { readonly port: number; readonly host: string; readonly option: string },
  note: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const message = `Port ${port} of ${host} cannot be opened: ${error.message}`;
      reject(new CommandError(ExitCode.IO, message, stepFor(error, option)));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      server.on('error', (error) => note(`a connection was not accepted: ${error.message}`));
      resolve();
    });
  });
}

function stepFor({ code }: NodeJS.ErrnoException, option: string): string {
  if (code === 'EADDRINUSE') return `Another program has it. ${option} 0 chooses a free one.`;
  if (code === 'EACCES')
    return `Ports below 1024 may need rights that you do not have. ${option} 0 chooses a free one.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return '--host is an address of this machine, or 0.0.0.0 for all.';
  return '';
}
