import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { renderDocument, renderTable } from './document.ts';
import { merge } from './sections.ts';
import type { Tally } from './tally.ts';

/** Prints the table by section, and writes docs/conformance.md. */
export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly { message?: unknown }[]): void {
    const tallies: Tally[] = [];
    const errors = unhandledErrors.map(({ message }) => `${message}`);
    for (const module of modules) {
      errors.push(...module.errors().map(({ message }) => message));
      for (const test of module.children.allTests()) {
        const mine = test.meta().conformance;
        if (mine !== undefined) tallies.push(...mine);
        else if (test.result().state === 'failed') errors.push(`${test.fullName} failed`);
      }
    }
    const merged = merge(tallies);
    const lines = [renderTable(merged), ...merged.flatMap(({ failures }) => failures), ...errors];
    process.stdout.write(`${lines.join('\n')}\n`);
    if (errors.length === 0) {
      writeFileSync(new URL('../../docs/conformance.md', import.meta.url), renderDocument(merged));
    }
  }
}
