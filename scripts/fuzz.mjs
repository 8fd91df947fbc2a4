// Fuzzes every parser for longer than `npm test`: npm run fuzz -- --inputs 100000 --seed 1
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: `${Date.now() % 1e9}` } },
});
if (!(Number(values.inputs) >= 1) || !(Number(values.seed) >= 0))
  throw new RangeError('--inputs and --seed are numbers');
const env = { ...process.env, TICKPEER_FUZZ_INPUTS: values.inputs, TICKPEER_FUZZ_SEED: values.seed };
process.exitCode =
  spawnSync('npx', ['vitest', 'run', 'fuzz.test.ts'], {
    stdio: 'inherit',
    env,
  }).status ?? 1;
