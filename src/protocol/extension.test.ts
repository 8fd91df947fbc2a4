import { expect, test } from 'vitest';
import { answerOffers, type Extension, type ExtensionFactory } from './extension.ts';
import type { ExtensionOffer } from './http/header-grammar.ts';

const offer = (name: string): ExtensionOffer => ({ name, params: [] });

/** A factory that accepts offers, or declines all of them; `asked` has what it was given. */
function factory(name: string, rsv1: boolean, accepts = true): ExtensionFactory & { asked: unknown[] } {
  const asked: unknown[] = [];
  const extension = { name, rsv1 } as Extension; // no other members are used
  return {
    name,
    asked,
    offer: () => [],
    accept: () => extension,
    answer: (offers) => {
      asked.push(offers);
      return accepts ? { name, params: [], extension } : null;
    },
  };
}

const namesOf = (offers: readonly string[], factories: readonly ExtensionFactory[]): string[] =>
  answerOffers(offers.map(offer), factories).map(({ name }) => name);

test('a factory gets the offers with its name, in their order; without one it is not called', () => {
  const [a, b] = [factory('a', false), factory('b', false)];
  expect(namesOf(['a', 'x', 'a'], [a, b])).toEqual(['a']);
  expect([a.asked, b.asked]).toEqual([[[offer('a'), offer('a')]], []]);
});

test('the answers are in the order of the factories, not of the offers', () => {
  expect(namesOf(['b', 'a'], [factory('a', false), factory('b', false)])).toEqual(['a', 'b']);
});

test('only one extension has RSV1: the first that answers', () => {
  const [a, b, c] = [factory('a', true), factory('b', true), factory('c', false)];
  expect(namesOf(['a', 'b', 'c'], [a, b, c])).toEqual(['a', 'c']);
  expect(namesOf(['a', 'b', 'c'], [factory('a', true, false), b, c])).toEqual(['b', 'c']);
});
