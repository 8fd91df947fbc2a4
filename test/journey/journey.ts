/**
 * The journey: the situations of a client, as steps that run unchanged on Node, Bun, Deno and in a browser. They use
 * `tickpeer` and what all of these have. `script.ts` is the server's side.
 */
import type { Step } from './step.ts';
import { BROWSER } from './steps/browser.ts';
import { CLOSING } from './steps/closing.ts';
import { CONNECTING } from './steps/connecting.ts';
import { LIMITS } from './steps/limits.ts';
import { NODE } from './steps/node.ts';
import { PACKETS } from './steps/packets.ts';
import { PROXIES } from './steps/proxies.ts';
import { REFUSED } from './steps/refused.ts';
import { STREAMS } from './steps/streams.ts';

export const JOURNEY: readonly Step[] = [
  ...CONNECTING,
  ...PACKETS,
  ...LIMITS,
  ...CLOSING,
  ...REFUSED,
  ...NODE,
  ...STREAMS,
  ...PROXIES,
  ...BROWSER,
];

/** The steps of one platform. */
export function journeyOn(platform: 'node' | 'browser'): readonly Step[] {
  return JOURNEY.filter((step) => step.platform === undefined || step.platform === platform);
}
