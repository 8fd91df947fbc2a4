#!/usr/bin/env node
// What is imported here has to run in a Node that is too old, to say so; everything else is behind `import()`.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { tooOld } from './node-version.ts';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const problem = tooOld(process.versions.node, engines.node);
if (problem === '') {
  import('./program.ts').then(({ runProgram }) => runProgram());
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
