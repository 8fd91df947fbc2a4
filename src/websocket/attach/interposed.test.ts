import { expect, test } from 'vitest';
import { interpose } from './interposed.ts';

type Say = () => string;

const loud = (say: Say | undefined): Say => {
  return () => `${say?.() ?? ''}!`;
};

class Speaker {
  say(): string {
    return 'class';
  }
}

test('an inherited value is restored', () => {
  const speaker = new Speaker();
  const restore = interpose<Say>(speaker, 'say', loud);
  expect(speaker.say()).toBe('class!');
  restore();
  expect([speaker.say(), Object.hasOwn(speaker, 'say')]).toEqual(['class', false]);
});

test('a value stored meanwhile is wrapped, and stays afterwards', () => {
  const speaker = new Speaker();
  const restore = interpose<Say>(speaker, 'say', loud);
  const wrapped = speaker.say;
  speaker.say = () => 'new';
  expect(speaker.say()).toBe('new!');
  // Somebody wraps what they found, and puts it back later.
  speaker.say = () => `<${wrapped()}>`;
  expect(speaker.say()).toBe('<class!>!');
  restore();
  expect([speaker.say(), Object.getOwnPropertyDescriptor(speaker, 'say')?.writable]).toEqual(['<class!>', true]);
});

test('storing the value that was read changes nothing', () => {
  const speaker = new Speaker();
  const restore = interpose<Say>(speaker, 'say', loud);
  const { say } = speaker;
  speaker.say = say;
  expect(speaker.say()).toBe('class!');
  restore();
  expect(Object.hasOwn(speaker, 'say')).toBe(false);
});

test('a property that was missing is missing again', () => {
  const empty: { say?: Say } = {};
  const restore = interpose<Say>(empty, 'say', loud);
  expect(empty.say?.()).toBe('!');
  restore();
  expect('say' in empty).toBe(false);
});

test.each(['the first leaves first', 'the second leaves first'])('two at the same property: %s', (order) => {
  const speaker = new Speaker();
  const first = interpose<Say>(speaker, 'say', loud);
  const second = interpose<Say>(speaker, 'say', (say) => () => `${say?.()}?`);
  expect(speaker.say()).toBe('class!?');
  if (order === 'the first leaves first') {
    first();
    expect(speaker.say()).toBe('class!?');
    second();
  } else {
    second();
    expect(speaker.say()).toBe('class!');
  }
});
