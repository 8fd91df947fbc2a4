import type { ClientSettings } from '../client/client-options.ts';
import { CommandError } from '../command/command-error.ts';
import type { Address } from './addresses.ts';
import { type Attempt, attempt, close } from './attempt.ts';
import type { Report } from './report.ts';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'] as const;
const EXCEPTIONS = ['no_proxy', 'NO_PROXY'] as const;

/**
 * Whether clients that heed the environment, or --proxy, go through a proxy, and whether that works. Returns whether the server was
 * reached by one.
 */
export async function checkProxy(
  settings: ClientSettings,
  direct: readonly Address[],
  report: Report,
  { env, interrupted }: { readonly env: NodeJS.ProcessEnv; readonly interrupted: AbortSignal },
): Promise<boolean> {
  const { proxy } = settings.peerOptions;
  if (proxy === null) {
    report.add('proxy', 'note', 'none, by --no-proxy');
    return false;
  }
  const given = proxy === 'environment' ? namesSet(VARIABLES, env) : ['--proxy'];
  if (given.length === 0) {
    report.add('proxy', 'note', 'none in the environment');
    return false;
  }
  const names = [...given, ...(proxy === 'environment' ? namesSet(EXCEPTIONS, env) : [])].join(', ');
  const advice = 'The checks below connect directly. NO_PROXY excludes a server from the proxy.';
  let result: Attempt;
  try {
    result = await attempt(settings, {}, interrupted);
  } catch (error) {
    // The variable is no proxy's URL.
    if (!(error instanceof CommandError)) throw error;
    report.add('proxy', 'failed', `${names}: ${error.message}`, advice);
    return false;
  }
  if (result.failure?.code.startsWith('TICKPEER_PROXY')) {
    report.add('proxy', 'failed', `${names}: ${result.failure.message}`, advice);
    return false;
  }
  const isProxied = isOtherEnd(result, settings, direct);
  if (!isProxied) report.add('proxy', 'note', `${names} set, and not used for this host`);
  else {
    const where = `${result.peer.getConnectedHost()} port ${result.peer.getConnectedPort()}`;
    report.add('proxy', 'ok', `${names}: reaches the server through ${where}`);
  }
  if (result.isOpen) await close(result, interrupted);
  return isProxied;
}

function namesSet(names: readonly string[], env: NodeJS.ProcessEnv): string[] {
  return names.filter((name) => env[name]?.trim());
}

/** Whether the other end of the socket is none of the server's addresses. */
function isOtherEnd({ peer }: Attempt, { url }: ClientSettings, direct: readonly Address[]): boolean {
  const host = peer.getConnectedHost();
  if (host === '') return false;
  const isSameHost = direct.some(({ address }) => address === host);
  const port = new URL(url.replace(/^ws/i, 'http')).port || (url.startsWith('wss') ? '443' : '80');
  return !isSameHost || String(peer.getConnectedPort()) !== port;
}
