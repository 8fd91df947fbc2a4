/** Blocks that differ by more are shown as removed and added in whole: comparing takes the product of their lengths. */
const MOST_COMPARED = 4_000_000;
/** Equal lines shown around a change. */
const CONTEXT = 2;

interface Row {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The lines that differ, with `-` before those of `old` and `+` before those of `fresh`, and some lines around them. */
export function lineDifference(old: string, fresh: string): string[] {
  const rows = compareLines(old.split('\n'), fresh.split('\n'));
  const shown = new Set<number>();
  for (const [at, { sign }] of rows.entries()) {
    if (sign === ' ') continue;
    for (let near = at - CONTEXT; near <= at + CONTEXT; near++) shown.add(near);
  }
  const lines: string[] = [];
  for (const [at, { sign, text }] of rows.entries()) {
    if (!shown.has(at)) continue;
    if (lines.length > 0 && !shown.has(at - 1)) lines.push('  …');
    lines.push(`${sign} ${text}`);
  }
  return lines;
}

function compareLines(old: readonly string[], fresh: readonly string[]): Row[] {
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end++;
  const equal = (text: string): Row => ({ sign: ' ', text });
  return [
    ...old.slice(0, start).map(equal),
    ...changes(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...old.slice(old.length - end).map(equal),
  ];
}

/** The fewest lines removed and added, by their longest common subsequence. */
function changes(old: readonly string[], fresh: readonly string[]): Row[] {
  const removed = (text: string): Row => ({ sign: '-', text });
  const added = (text: string): Row => ({ sign: '+', text });
  if (old.length * fresh.length > MOST_COMPARED) return [...old.map(removed), ...fresh.map(added)];
  const width = fresh.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = fresh.length - 1; b >= 0; b--) {
      const both = old[a] === fresh[b];
      const [below, right] = [common[(a + 1) * width + b]!, common[a * width + b + 1]!];
      common[a * width + b] = both ? common[(a + 1) * width + b + 1]! + 1 : Math.max(below, right);
    }
  }
  const rows: Row[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < fresh.length) {
    if (a < old.length && b < fresh.length && old[a] === fresh[b]) {
      rows.push({ sign: ' ', text: old[a++]! });
      b++;
    } else if (b === fresh.length || (a < old.length && common[(a + 1) * width + b]! >= common[a * width + b + 1]!)) {
      rows.push(removed(old[a++]!));
    } else rows.push(added(fresh[b++]!));
  }
  return rows;
}
