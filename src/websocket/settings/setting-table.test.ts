import { describe, expect, test } from 'vitest';
import { WebSocketPeer as BrowserPeer } from '../peer/websocket-peer.browser.ts';
import { WebSocketPeer as NodePeer } from '../peer/websocket-peer.ts';
import { DEFAULT_SETTINGS } from './peer-settings.ts';
import { SETTINGS } from './setting-table.ts';

const PROPERTIES = Object.keys(SETTINGS);

/** At, below and above the limits of every property. */
const VALUES: readonly unknown[] = [
  ...[Number.MIN_SAFE_INTEGER - 1, Number.MIN_SAFE_INTEGER, -1, -0.5, 0, 0.001, 0.5, 1, 2, 20, 21, 1.5, 65_535],
  ...[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY, Number.NaN],
  ...[true, false, null, '', '1', [], ['a'], [' a '], [1], {}],
];

/** What setting a property does: what it reads as afterwards, or how it refuses. */
function outcomeOf(peer: NodePeer | BrowserPeer, name: string, value: unknown): unknown {
  try {
    Reflect.set(peer, name, value);
  } catch (error) {
    return error;
  }
  return Reflect.get(peer, name);
}

/** The names of the accessors that objects of a class have, those of the classes above included. */
function propertiesOf(prototype: object): string[] {
  const names: string[] = [];
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const accessors = Object.entries(Object.getOwnPropertyDescriptors(at)).filter(([, { set }]) => set !== undefined);
    names.push(...accessors.map(([name]) => name));
  }
  return names;
}

describe('the table of settings', () => {
  test('has a field in the settings for every property', () => {
    expect(Object.keys(DEFAULT_SETTINGS)).toEqual(expect.arrayContaining(PROPERTIES));
  });

  test.each(Object.entries(SETTINGS).filter(([, { unit }]) => unit !== '' && unit !== 'seconds'))(
    '%s accepts the values of its range, and no others',
    (name, { least = Number.NaN, most = Number.NaN }) => {
      const peer = new NodePeer();
      for (const value of [least, least + 1, most - 1, most]) {
        Reflect.set(peer, name, value);
        expect(Reflect.get(peer, name)).toBe(value);
      }
      for (const value of [least - 1, most + 1]) expect(() => Reflect.set(peer, name, value)).toThrow(RangeError);
    },
  );
});

describe('a browser’s properties', () => {
  test('are those of Node, and are not enumerable either', () => {
    const names = propertiesOf(BrowserPeer.prototype);
    expect(names).toEqual(expect.arrayContaining(PROPERTIES));
    expect(propertiesOf(NodePeer.prototype)).toEqual(names);
    expect(Object.keys(new BrowserPeer())).toEqual(expect.not.arrayContaining(PROPERTIES));
  });

  // What a browser does not use, it keeps without looking into it.
  test.each(PROPERTIES.filter((name) => name !== 'proxy' && name !== 'compression'))(
    '%s accepts the same values as Node’s',
    (name) => {
      for (const value of VALUES) {
        expect(outcomeOf(new BrowserPeer(), name, value), String(value)).toEqual(
          outcomeOf(new NodePeer(), name, value),
        );
      }
    },
  );

  test.each(PROPERTIES)('%s has the default of Node’s', (name) => {
    expect(Reflect.get(new BrowserPeer(), name)).toEqual(Reflect.get(new NodePeer(), name));
  });

  test('a list is copied when it is set and when it is read', () => {
    const peer = new BrowserPeer();
    const lines = ['A: b'];
    Reflect.set(peer, 'handshakeHeaders', lines);
    lines.push('C: d');
    const seen = Reflect.get(peer, 'handshakeHeaders');
    expect(seen).toEqual(['A: b']);
    seen.push('E: f');
    expect(Reflect.get(peer, 'handshakeHeaders')).toEqual(['A: b']);
  });
});
