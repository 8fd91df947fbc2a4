import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { PeerConfiguration as BrowserConfiguration } from './peer-configuration.browser.ts';
import { PeerConfiguration as NodeConfiguration } from './peer-configuration.ts';

class OfNode extends NodeConfiguration {
  changes = 0;
  protected override onSettingsChanged(): void {
    this.changes++;
  }
  override getAvailablePacketCount(): number {
    return 0;
  }
  protected override takePacket(): undefined {}
  protected override sendPacket(): ErrorCode {
    return ErrorCode.OK;
  }
}

class OfBrowser extends BrowserConfiguration {
  changes = 0;
  protected override onSettingsChanged(): void {
    this.changes++;
  }
  override getAvailablePacketCount(): number {
    return 0;
  }
  protected override takePacket(): undefined {}
  protected override sendPacket(): ErrorCode {
    return ErrorCode.OK;
  }
}

const PROPERTIES = Object.entries(Object.getOwnPropertyDescriptors(NodeConfiguration.prototype))
  .filter(([, { set }]) => set !== undefined)
  .map(([name]) => name);

/** At, below and above the limits of every property. */
const VALUES: readonly unknown[] = [
  ...[Number.MIN_SAFE_INTEGER - 1, Number.MIN_SAFE_INTEGER, -1, -0.5, 0, 0.001, 0.5, 1, 2, 20, 21, 1.5, 65_535],
  ...[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY, Number.NaN],
  ...[true, false, null, '', '1', [], ['a'], [' a '], [1], {}],
];

/** What setting a property does: what it reads as afterwards, or how it refuses. */
function outcomeOf(peer: OfNode | OfBrowser, name: string, value: unknown): unknown {
  try {
    Reflect.set(peer, name, value);
  } catch (error) {
    return error;
  }
  return [Reflect.get(peer, name), peer.changes];
}

describe('a browser’s properties', () => {
  test('are those of Node, and enumerable as little', () => {
    const names = Object.keys(Object.getOwnPropertyDescriptors(BrowserConfiguration.prototype));
    expect(names).toEqual(expect.arrayContaining(PROPERTIES));
    expect(Object.keys(new OfBrowser())).toEqual(Object.keys(new OfNode()));
  });

  // What a browser does not use, it keeps without looking into it.
  test.each(PROPERTIES.filter((name) => name !== 'proxy' && name !== 'compression'))(
    '%s takes what Node’s takes',
    (name) => {
      for (const value of VALUES) {
        expect(outcomeOf(new OfBrowser(), name, value), String(value)).toEqual(outcomeOf(new OfNode(), name, value));
      }
    },
  );

  test.each(PROPERTIES)('%s begins as Node’s', (name) => {
    expect(Reflect.get(new OfBrowser(), name)).toEqual(Reflect.get(new OfNode(), name));
  });

  test('a list is copied on its way in and out', () => {
    const peer = new OfBrowser();
    const lines = ['A: b'];
    Reflect.set(peer, 'handshakeHeaders', lines);
    lines.push('C: d');
    const seen = Reflect.get(peer, 'handshakeHeaders');
    expect(seen).toEqual(['A: b']);
    seen.push('E: f');
    expect(Reflect.get(peer, 'handshakeHeaders')).toEqual(['A: b']);
  });
});
