// A run as a chart: for each workload a bar (how many times the CPU time of tickpeer ws takes), and a mark for each other contestant.

const LEFT = 350;
const RIGHT = 30;
const WIDTH = 960;
const LINE = 24;
const TOP = 64;
const FROM = 0.5;
const MARKS = { 'ws-cork': 'ws, corked by hand', uws: 'uWebSockets.js', bun: 'Bun', net: 'bare socket' };
const NOT_DRAWN = ['micro', 'share'];

/** An SVG that follows the reader's light or dark theme. The axis is logarithmic. */
export function drawChart({ rows, date }) {
  const drawn = rows.filter(({ figures, metric, group }) => {
    return figures['ws']?.ratio > 0 && !NOT_DRAWN.includes(metric) && group !== 'multiplayer';
  });
  const ratios = drawn.flatMap(({ figures }) =>
    Object.keys(figures).map((name) => figures['ws'].ratio / figures[name].ratio),
  );
  const to = 2 ** Math.ceil(Math.log2(Math.max(4, ...ratios.filter(Number.isFinite))));
  const x = (ratio) => LEFT + (Math.log2(Math.max(FROM, ratio) / FROM) / Math.log2(to / FROM)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + drawn.length * LINE + 44;
  const grid = [];
  for (let ratio = FROM; ratio <= to; ratio *= 2) {
    grid.push(
      `<line class="${ratio === 1 ? 'one' : 'grid'}" x1="${n(x(ratio))}" y1="${TOP - 8}" x2="${n(x(ratio))}" y2="${height - 36}"/>`,
      `<text class="small" x="${n(x(ratio))}" y="${height - 20}" text-anchor="middle">${ratio}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" role="img">
<title>How many times less than ws each takes</title>
<style>
  text { fill: #1f2328; font-size: 13px } .small { fill: #59636e; font-size: 12px } .head { font-size: 15px; font-weight: 600 }
  .bar { fill: #2f81f7 } .grid { stroke: #d1d9e0 } .one { stroke: #59636e }
  .ws-cork { fill: #8250df } .uws { fill: #bc4c00 } .bun { fill: #bf3989 } .net { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .bar { fill: #4493f8 } .grid { stroke: #3d444d } .one { stroke: #9198a1 }
    .ws-cork { fill: #ab7df8 } .uws { fill: #f0883e } .bun { fill: #f778ba } .net { fill: #3fb950 }
  }
</style>
<text class="head" x="12" y="24">How many times less than ws (CPU time per message; memory; latency), ${date}</text>
${legend()}
${grid.join('\n')}
${drawn.map((row, index) => lineOf(row, index, x)).join('\n')}
</svg>
`;
}

function lineOf({ title, figures }, index, x) {
  const y = TOP + index * LINE;
  const ws = figures['ws'].ratio;
  const parts = [`<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end">${escaped(title)}</text>`];
  const from = x(1);
  const own = x(ws);
  parts.push(
    `<rect class="bar" x="${n(Math.min(from, own))}" y="${y + 1}" width="${n(Math.abs(own - from))}" height="14" rx="2"/>`,
  );
  for (const name of Object.keys(MARKS)) {
    if (!(figures[name]?.ratio > 0)) continue;
    parts.push(`<circle class="${name}" cx="${n(x(ws / figures[name].ratio))}" cy="${y + 8}" r="4.5"/>`);
  }
  return parts.join('');
}

function legend() {
  const parts = [
    `<rect class="bar" x="12" y="36" width="22" height="10" rx="2"/><text class="small" x="40" y="46">tickpeer</text>`,
  ];
  Object.entries(MARKS).forEach(([name, title], index) => {
    const at = 120 + index * 150;
    parts.push(
      `<circle class="${name}" cx="${at}" cy="41" r="4.5"/><text class="small" x="${at + 10}" y="46">${title}</text>`,
    );
  });
  return parts.join('');
}

const n = (value) => value.toFixed(1);
const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
