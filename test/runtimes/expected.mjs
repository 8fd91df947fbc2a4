/**
 * Steps that a runtime cannot pass: by runtime, then by the step as `run.mjs` prints it, why, and what must be part of the
 * error. If such a step passes, the run fails, so that outdated entries are removed. docs/platforms.md
 * describes them.
 */
export const EXPECTED = {
  Bun: againstBoth('a port that is taken', {
    reason: 'Bun tells that a port is taken only with the next turn of the event loop',
    error: 'a second time: "OK" instead of "ERR_ALREADY_IN_USE"',
  }),
  Deno: againstBoth('TLS: a reader that does not read holds the writer back', {
    reason: 'Deno goes on reading from a TLS socket that is paused',
    error: 'bytes are taken from the writer',
  }),
};

function againstBoth(step, difference) {
  return { [`our server: ${step}`]: difference, [`ws: ${step}`]: difference };
}
