import { expect, test } from 'vitest';
import { Fleet } from './fleet.ts';

test('of 10,000 rooms that four processes ask for at once, each is made once, and all processes list it', async () => {
  const fleet = await Fleet.start(4, 10);
  const requests = Array.from({ length: 1250 }, (_, index) => `request ${index}`);
  const wanted = Array.from({ length: 1250 }, (_, index) => `CODE-${index}`);
  const [byRequest, byCode] = await Promise.all([
    Promise.all(fleet.members.map(({ process }) => process.call('createByRequest', requests))),
    Promise.all(fleet.members.map(({ process }) => process.call('createByCode', wanted))),
  ]);

  const codes = new Set<string>();
  const failures: string[] = [];
  for (const answers of byRequest) {
    for (const [index, answer] of answers.entries()) {
      if ('failure' in answer) failures.push(answer.failure);
      else fleet.history.answer(requests[index] ?? '', answer.code);
      if ('code' in answer) codes.add(answer.code);
    }
  }
  expect(failures).toEqual([]);
  expect(codes.size).toBe(1250);

  for (const [index, code] of wanted.entries()) {
    const answers = byCode.map((all) => all[index]);
    const made = answers.filter((answer) => answer !== undefined && 'code' in answer);
    const isUnknown = answers.some((answer) => answer !== undefined && 'failure' in answer && isOpen(answer.failure));
    expect(made.length, code).toBeLessThanOrEqual(1);
    if (!isUnknown) expect(made, code).toEqual([{ code }]);
    codes.add(code);
  }

  await fleet.listed([...codes], 10_000);
  const here = await Promise.all(fleet.members.map(({ process }) => process.call('here')));
  expect(here.flat().sort()).toEqual([...codes].sort());
  fleet.check();
}, 60_000);

/** Whether a failure leaves open if the room was made. */
function isOpen(failure: string): boolean {
  if (failure.startsWith('TICKPEER_CLUSTER')) return true;
  expect(failure).toContain('TICKPEER_ALREADY_IN_USE');
  return false;
}
