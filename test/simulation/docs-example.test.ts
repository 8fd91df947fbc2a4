import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the example in docs/testing.md is the one that is tested, and it runs', async () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const example = read('./docs-example.ts')
    .replace("'../../src/index.ts'", "'tickpeer'")
    .replace("'../../src/testing/index.ts'", "'tickpeer/testing'");
  expect(read('../../docs/testing.md')).toContain(`\`\`\`ts\n${example}\`\`\``);
  await expect(import('./docs-example.ts')).resolves.toBeDefined();
});

test('so is the one about recordings', async () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const example = read('./recording-example.ts')
    .replace("'../../src/index.ts'", "'tickpeer'")
    .replace("'../../src/testing/index.ts'", "'tickpeer/testing'");
  expect(read('../../docs/testing.md')).toContain(`\`\`\`ts\n${example}\`\`\``);
  await expect(import('./recording-example.ts')).resolves.toBeDefined();
});
