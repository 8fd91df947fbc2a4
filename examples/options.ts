import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/** The command line's options. For an unknown one, prints the reason and `usage`, and exits with 2; for `--help` with 0. */
export function readOptions<const O extends Options>(usage: string, options: O): Values<O> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // Node adds a hint about positional arguments, which no example has.
    const [problem] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    console.error(`${problem}\n${usage}`);
    process.exit(2);
  }
}

/** An option that is a whole number in a range. For anything else, prints that and exits with 2. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  console.error(`--${name} is a whole number from ${least} to ${most}, not "${text}".`);
  process.exit(2);
}

/** The port to listen on. `isGiven`: it was given as an option; otherwise a free port is used if it is taken. */
export interface WantedPort {
  readonly port: number;
  readonly isGiven: boolean;
}

/** The port that an option names, or the usual one. */
export function wantedPort(given: string | undefined, name = 'port', usual = 9080): WantedPort {
  return { port: given === undefined ? usual : wholeNumber(name, given, 0, 65_535), isGiven: given !== undefined };
}

/** Calls `listen`, which resolves to the port. If it rejects, prints the reason and exits with 1. */
export async function listenOn(
  { port, isGiven }: WantedPort,
  listen: (port: number) => Promise<number>,
): Promise<number> {
  try {
    return await listen(port);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (isTaken && !isGiven) return listen(0);
    console.error(`Cannot listen on port ${port}: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
