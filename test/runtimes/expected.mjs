/**
 * Steps that a runtime cannot pass: by runtime, then by the step as `run.mjs` prints it, why, and what must be part of the
 * error. A step that passes after all fails the run, so that nothing stands here longer than it must. docs/platforms.md
 * tells of them.
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
