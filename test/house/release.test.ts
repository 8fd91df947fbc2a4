import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { releaseUnreleased } from '../../scripts/changelog.mjs';

const HEAD = '# Changelog\n\n## Unreleased\n';
const OLDER = '## 0.1.0 - 2026-01-02\n\n- First.\n';

describe('a release moves the changelog’s "Unreleased" under its version', () => {
  test.each([
    ['the first release', `${HEAD}\n### Added\n\n- New.\n`, `${HEAD}\n## 0.2.0 - 2026-03-04\n\n### Added\n\n- New.\n`],
    ['a later one', `${HEAD}\n- New.\n\n${OLDER}`, `${HEAD}\n## 0.2.0 - 2026-03-04\n\n- New.\n\n${OLDER}`],
  ])('%s', (_name, before, after) => {
    expect(releaseUnreleased(before, '0.2.0', '2026-03-04')).toBe(after);
  });

  test.each([
    ['no such section', OLDER, 'has no section "Unreleased"'],
    ['nothing to release', `${HEAD}\n### Added\n\n${OLDER}`, 'has no entries under "Unreleased"'],
    ['the version is there', `${HEAD}\n- New.\n\n## 0.2.0\n\n- Old.\n`, 'has a section 0.2.0 already'],
  ])('and fails: %s', (_name, before, message) => {
    expect(() => releaseUnreleased(before, '0.2.0', '2026-03-04')).toThrow(message);
  });

  test('of this repository, without losing a line', () => {
    const before = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
    const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
    const after = lines(releaseUnreleased(before, '999.0.0', '2026-03-04'));
    expect(after.filter((line) => line !== '## 999.0.0 - 2026-03-04')).toEqual(lines(before));
  });
});
