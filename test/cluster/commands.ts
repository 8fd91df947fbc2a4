/** From the test to a program. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** From a program to the test: the answer to a call, or a report of its own accord. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly report: unknown };

/** Runs the commands that the test calls. Without the test, the process ends. */
export function serveCommands<Commands extends object>(commands: Commands): void {
  process.on('message', async ({ id, name, args }: Call) => {
    try {
      // The test's types allow only these names and arguments.
      const command = commands[name as keyof Commands] as (...args: readonly unknown[]) => unknown;
      answer({ id, result: await command(...args) });
    } catch (error) {
      answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
}

/** Sends a report to the test. */
export function report(value: unknown): void {
  answer({ report: value });
}

/** Nanoseconds on a clock that all processes of the machine share (CLOCK_MONOTONIC), as milliseconds. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function answer(value: Answer): void {
  if (process.connected) process.send?.(value);
}
