// Runs before uPlot, which gives `navigator.language` to Intl when it is imported. That throws for a language that is not a BCP 47
// tag, such as the "en-US@posix" of a Chromium under LANG=C. Then English is used.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}
