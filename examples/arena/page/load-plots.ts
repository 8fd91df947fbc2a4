import type { Plots } from './plots.js';

/**
 * The plots in `target`. If uPlot cannot be loaded: null, with the reason in `target`; the page works without them.
 */
export async function loadPlots(target: HTMLElement): Promise<Plots | null> {
  const restore = replaceUnknownLocale();
  try {
    const { Plots } = await import('./plots.js');
    return new Plots(target);
  } catch (error) {
    console.info('The plots could not be loaded.', error);
    target.textContent = 'The plots could not be loaded. Everything else works without them.';
    return null;
  } finally {
    restore();
  }
}

/**
 * uPlot gives `navigator.language` to `Intl.NumberFormat` when it is imported, and that throws for a language that is not a
 * BCP 47 tag, such as the "en-US@posix" of a Chromium under LANG=C. English is used until the returned function is called.
 */
function replaceUnknownLocale(): () => void {
  try {
    new Intl.NumberFormat(navigator.language);
    return () => {};
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
    return () => Reflect.deleteProperty(navigator, 'language');
  }
}
