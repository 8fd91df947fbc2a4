import { lookup, Resolver } from 'node:dns/promises';
import { connect, isIP, isIPv6 } from 'node:net';
import type { Report } from './report.ts';

/** An address of the server, and what became of TCP to it. */
export interface Address {
  readonly address: string;
  /** The error's code; empty when it connected. */
  readonly problem: string;
}

/** What the checks of the network need. */
export interface Target {
  /** In ASCII, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds. */
  readonly timeLimit: number;
  readonly interrupted: AbortSignal;
  /** Instead of those of this machine: `127.0.0.1:53`. */
  readonly nameServers?: readonly string[];
}

/** Milliseconds that a name server may take. */
const NAME_SERVER_LIMIT = 1000;

/**
 * The addresses of the name: as all clients of this machine get them, and the A and AAAA records that this machine leaves out, which other
 * clients use. Empty when it cannot be resolved.
 */
export async function checkName({ host, nameServers }: Target, report: Report): Promise<string[]> {
  if (isIP(host) !== 0) {
    report.add('name', 'ok', `${host} is an address`);
    return [host];
  }
  if (isLocal(host)) {
    // Clients do not ask a name server for it (RFC 6761 6.3).
    report.add('name', 'ok', `${host} is this machine: 127.0.0.1, ::1`);
    return ['127.0.0.1', '::1'];
  }
  const begin = performance.now();
  const asked = recordsOf(host, nameServers);
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    const addresses = [...new Set(found.map(({ address }) => address))];
    const text = `${host}: ${addresses.join(', ')} (${took(begin)})`;
    const others = (await asked).filter((address) => !addresses.includes(address));
    if ([...addresses, ...others].some((address) => !isIPv6(address))) report.add('name', 'ok', text);
    else report.add('name', 'warning', text, 'There is no IPv4 address: clients without IPv6 do not reach it.');
    reportOthers(others, report);
    return [...addresses, ...others];
  } catch (error) {
    const { code = '', message } = asError(error);
    const others = await asked;
    report.add('name', 'failed', `${host} has no address: ${message}`, others.length > 0 ? '' : adviceForName(code));
    reportOthers(others, report);
    return others;
  }
}

function reportOthers(others: readonly string[], report: Report): void {
  if (others.length === 0) return;
  const advice = 'Other clients connect to them: they have to work, or their records have to go.';
  report.add('name', 'note', `the name server also has ${others.join(', ')}, which this machine does not use`, advice);
}

/** The A and AAAA records of a name; none where no name server answers in time. */
async function recordsOf(host: string, nameServers?: readonly string[]): Promise<string[]> {
  const resolver = new Resolver({ timeout: NAME_SERVER_LIMIT, tries: 1 });
  if (nameServers !== undefined) resolver.setServers(nameServers);
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** Connects to each address by itself, all at the same time. */
export async function checkTcp(target: Target, addresses: readonly string[], report: Report): Promise<Address[]> {
  const results = await Promise.all(addresses.map((address) => dial(address, target)));
  const anyWorks = results.some(({ problem }) => problem === '');
  for (const { address, problem, time } of results) {
    const where = `${address} port ${target.port}`;
    if (problem === '') report.add('tcp', 'ok', `${where}: connected in ${time}`);
    else if (!anyWorks) report.add('tcp', 'failed', `${where}: ${problem} after ${time}`, adviceForTcp(problem));
    else if (isUnreachable(problem)) {
      report.add('tcp', 'note', `${where}: ${problem}; this machine has no route to such addresses`);
    } else {
      const isHere = isLocal(target.host);
      report.add(
        'tcp',
        isHere ? 'warning' : 'failed',
        `${where}: ${problem} after ${time}`,
        adviceForOne(address, isHere),
      );
    }
  }
  return results;
}

interface Dialled extends Address {
  readonly time: string;
}

function dial(address: string, { port, timeLimit, interrupted }: Target): Promise<Dialled> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false });
    const end = (problem: string): void => {
      interrupted.removeEventListener('abort', interrupt);
      socket.destroy();
      resolve({ address, problem, time: took(begin) });
    };
    const interrupt = (): void => end('interrupted');
    interrupted.addEventListener('abort', interrupt);
    socket.setTimeout(timeLimit, () => end('ETIMEDOUT'));
    socket.once('connect', () => end(''));
    socket.on('error', (error) => end(asError(error).code ?? error.message));
  });
}

function adviceForName(code: string): string {
  if (code === 'ENOTFOUND') return 'Check the spelling, and whether the name has an A or AAAA record.';
  if (code === 'EAI_AGAIN') return 'The name server does not answer: check the network of this machine.';
  return '';
}

function adviceForTcp(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'Nothing listens there. Start the server, check the port, and whether it listens on this address.';
    case 'ETIMEDOUT':
      return 'Nothing answers: a firewall drops the packets, or the machine is off. Open the port.';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'There is no route to it: check the network of this machine.';
    default:
      return '';
  }
}

function adviceForOne(address: string, isHere: boolean): string {
  if (isHere)
    return `Clients that try one address only fail. Listen on :: and 0.0.0.0, or use the other address as the host.`;
  const record = isIPv6(address) ? 'AAAA' : 'A';
  return `Clients lose time with it, or fail. Let the server listen there, or remove the ${record} record.`;
}

function isUnreachable(problem: string): boolean {
  return problem === 'ENETUNREACH' || problem === 'EADDRNOTAVAIL' || problem === 'EAFNOSUPPORT';
}

function isLocal(host: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(host);
}

/** Milliseconds since `begin`, for people. */
export function took(begin: number): string {
  return `${(performance.now() - begin).toFixed(1)} ms`;
}

export function asError(error: unknown): NodeJS.ErrnoException {
  return error instanceof Error ? error : new Error(String(error));
}
