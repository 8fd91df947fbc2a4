import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failed } from '../../src/failure.ts';

describe('a failure in JSON', () => {
  test('has the name, the message and the code of its cause', () => {
    const cause = Object.assign(new RangeError('no room'), { code: 'ENOSPC', errno: -28 });
    expect(JSON.parse(JSON.stringify({ failure: failed('TICKPEER_LISTEN_FAILED', 'it failed', cause) }))).toEqual({
      failure: {
        code: 'TICKPEER_LISTEN_FAILED',
        message: 'it failed',
        cause: { name: 'RangeError', message: 'no room', code: 'ENOSPC' },
      },
    });
  });

  test('has no other property of the cause', () => {
    const circle: Record<string, unknown> = { big: 1n };
    circle['self'] = circle;
    const failure = failed('TICKPEER_TLS', 'it failed', Object.assign(new Error('x'), { cert: circle, code: 5 }));
    expect(JSON.parse(JSON.stringify(failure)).cause).toEqual({ name: 'Error', message: 'x' });
    expect(failure.cause).toHaveProperty('cert', circle);
    expect(Object.keys(failure)).toEqual(['code', 'message', 'cause']);
  });

  test('without a cause', () => {
    for (const cause of [undefined, null]) {
      expect(JSON.stringify(failed('TICKPEER_TLS', 'x', cause))).toBe('{"code":"TICKPEER_TLS","message":"x"}');
    }
  });

  test('on Node, every failure with a cause is made that way', () => {
    const root = new URL('../../src/', import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/test\.ts$|browser|^failure\.ts$/.test(file),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = readFileSync(new URL(file.replaceAll('\\', '/'), root), 'utf8');
      expect(text, file).not.toMatch(/code: ?'TICKPEER_\w+',[^}]*\bcause\b/);
    }
  });
});
