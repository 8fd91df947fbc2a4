// The arena's page: two views, of which one is visible. One loop: the views poll, read, send and draw, once per frame of the browser.
import { ArenaView } from './arena-view.js';
import { Badge } from './badge.js';
import { Calm } from './calm.js';
import { DuelView } from './duel-view.js';
import { Keys } from './keys.js';
import type { View } from './view.js';

const keys = new Keys();
const calm = new Calm();
const badge = new Badge();
const views: Readonly<Record<string, View>> = { duel: new DuelView(keys, calm), arena: new ArenaView(keys, calm) };
let current: View | null = null;

/** The view that the address names: #arena, or the duel. */
function choose(): void {
  const name = location.hash === '#arena' ? 'arena' : 'duel';
  const view = views[name] ?? null;
  if (view === current) return;
  current?.leave();
  current = view;
  for (const other of Object.keys(views)) {
    const section = document.getElementById(`${other}-view`);
    if (section !== null) section.hidden = other !== name;
    const link = document.querySelector(`nav a[href="#${other}"]`);
    if (other === name) link?.setAttribute('aria-current', 'page');
    else link?.removeAttribute('aria-current');
  }
  view?.enter();
}

function frame(): void {
  const now = performance.now();
  for (const view of Object.values(views)) view.frame(now);
  if (current !== null) badge.show(current.condition);
  requestAnimationFrame(frame);
}

function start(): void {
  choose();
  addEventListener('hashchange', choose);
  document.addEventListener('visibilitychange', () => current?.hide(document.hidden));
  requestAnimationFrame(frame);
}

// A page that is opened in the background waits: without animation frames it would not read what it is sent.
if (document.hidden) document.addEventListener('visibilitychange', start, { once: true });
else start();
