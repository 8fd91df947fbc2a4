import { describe, expect, test } from 'vitest';
import { type Named, type Run, type Tally, tally } from './tally.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** For the table that `npm run conformance` prints. */
    conformance?: Tally[];
  }
}

/** Sections are large: thousands of runs each. */
const TIME_LIMIT = 120_000;

/** One test for each section: its failure lists the cases that failed. */
export function conformance<Case extends Named>(cases: readonly Case[], runsOf: (test: Case) => readonly Run[]): void {
  describe.each([...new Set(cases.map(({ section }) => section))])('%s', (section) => {
    const mine = cases.filter((one) => one.section === section);
    test(`${mine.length} cases`, { timeout: TIME_LIMIT }, async ({ task }) => {
      const tallies = await tally(mine, runsOf);
      task.meta.conformance = tallies;
      expect(tallies.flatMap(({ failures }) => failures)).toEqual([]);
    });
    test('have names of their own', () => {
      const names = mine.map(({ name }) => name);
      expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
    });
  });
}
