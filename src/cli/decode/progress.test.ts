import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../terminal/terminal.ts';
import { Progress } from './progress.ts';

function terminalOf(isOut: boolean, isErr: boolean): { terminal: Terminal; lines: string[] } {
  const lines: string[] = [];
  const stderr = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) });
  const terminal = {
    stdin: new PassThrough(),
    stdout: Object.assign(new PassThrough(), { isTTY: isOut }),
    stderr: Object.assign(stderr, { isTTY: isErr }),
    env: {},
    interrupted: new AbortController().signal,
  };
  return { terminal: { ...terminal, env: { NO_COLOR: '1' } }, lines };
}

describe('progress', () => {
  test.each([
    [false, true, ['30 % of a\\u001b.pcap, 5 lines\n', '99 % of a\\u001b.pcap, 7 lines\n']],
    [true, true, []],
    [false, false, []],
    [true, false, []],
  ])('with stdout a terminal: %s, stderr: %s', async (isOut, isErr, expected) => {
    const { terminal, lines } = terminalOf(isOut, isErr);
    const progress = new Progress('a\u001b.pcap', terminal, 0);
    await progress.pass(0.1, 1, 999);
    await progress.pass(0.3, 5, 1050);
    await progress.pass(0.5, 6, 2040);
    await progress.pass(0.999, 7, 2100);
    expect(lines).toEqual(expected);
  });

  test('pauses at most every 50 ms, so that Ctrl-C is noticed', async () => {
    const progress = new Progress('a', terminalOf(false, false).terminal, 0);
    for (const [now, isPause] of [
      [49, false],
      [50, true],
      [99, false],
      [100, true],
    ] as const) {
      const order: string[] = [];
      setImmediate(() => order.push('other work'));
      await progress.pass(0, 0, now);
      order.push('resumed');
      expect(order).toEqual(isPause ? ['other work', 'resumed'] : ['resumed']);
    }
  });
});
