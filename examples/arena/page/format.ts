// Numbers as text, without Intl: a browser may have a locale that Intl does not know ("en-US@posix").

export function formatMilliseconds(value: number): string {
  return `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed()} ms`;
}

export function formatBytes(value: number): string {
  if (value < 1000) return `${value.toFixed()} B`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

/** With a thin space between thousands. */
export function formatCount(value: number): string {
  return value.toFixed().replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
