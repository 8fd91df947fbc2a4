const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes with three digits and a unit of 1000. */
export function bytes(value: number): string {
  let [scaled, unit] = [value, 0];
  while (scaled >= 999.5 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(scaled) : digits(scaled)} ${UNITS[unit]}`;
}

export function count(value: number): string {
  if (value < 10_000) return value < 100 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
  return value < 999_500 ? `${digits(value / 1000)}k` : `${digits(value / 1e6)}M`;
}

export function milliseconds(value: number | null): string {
  return value === null
    ? '–'
    : `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** The time of day. */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB');
}

/** How long ago a time is. */
export function age(since: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

function digits(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
