import uPlot from 'uplot';
import { setText } from './element.js';
import { formatBytes, formatMilliseconds } from './format.js';
import { SAMPLE_INTERVAL, type Sample } from './meter.js';

/** The most seconds that are shown. A new plot shows fewer. */
const SPAN = 30;
const COUNT = (SPAN * 1000) / SAMPLE_INTERVAL;
const HEIGHT = 92;

interface Line {
  readonly name: string;
  readonly colour: 'in' | 'out' | 'bot';
  readonly of: (sample: Sample) => number | null;
}

interface Definition {
  readonly title: string;
  /** What needs explaining. */
  readonly hint?: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The smallest top of the scale. */
  readonly least: number;
}

const DEFINITIONS: readonly Definition[] = [
  {
    title: 'Round trip',
    hint: 'With waits: a message waits for the server’s next tick, and its echo for the next frame of this page.',
    lines: [
      { name: 'network', colour: 'in', of: ({ network }) => network },
      { name: 'with waits', colour: 'out', of: ({ roundTrip }) => roundTrip },
    ],
    format: formatMilliseconds,
    least: 50,
  },
  {
    title: 'Packets/s',
    lines: [
      { name: 'in', colour: 'in', of: ({ packetsIn }) => packetsIn },
      { name: 'out', colour: 'out', of: ({ packetsOut }) => packetsOut },
    ],
    format: (value) => value.toFixed(),
    least: 20,
  },
  {
    title: 'Bytes/s on the wire',
    lines: [
      { name: 'in', colour: 'in', of: ({ bytesIn }) => bytesIn },
      { name: 'out', colour: 'out', of: ({ bytesOut }) => bytesOut },
    ],
    format: formatBytes,
    least: 1000,
  },
  {
    title: 'Buffered bytes',
    lines: [
      { name: 'server', colour: 'in', of: ({ bufferedThere }) => bufferedThere },
      { name: 'here', colour: 'out', of: ({ bufferedHere }) => bufferedHere },
    ],
    format: formatBytes,
    least: 1000,
  },
  {
    title: 'Longest tick',
    lines: [
      { name: 'server', colour: 'in', of: ({ tickTime }) => tickTime },
      { name: 'bots', colour: 'bot', of: ({ botTime }) => botTime },
    ],
    format: formatMilliseconds,
    least: 4,
  },
];

/** The plots of the last half minute. */
export class Plots {
  readonly #plots: readonly Plot[];

  constructor(container: HTMLElement) {
    this.#plots = DEFINITIONS.map((definition) => new Plot(container, definition));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const plot of this.#plots) plot.redraw();
    });
  }

  add(sample: Sample): void {
    for (const plot of this.#plots) plot.add(sample);
  }
}

class Plot {
  readonly #definition: Definition;
  readonly #values: readonly HTMLElement[];
  readonly #plot: uPlot;
  readonly #times: number[] = [];
  readonly #series: readonly (number | null)[][];

  constructor(container: HTMLElement, definition: Definition) {
    this.#definition = definition;
    this.#series = definition.lines.map(() => []);
    const figure = document.createElement('figure');
    const caption = figure.appendChild(document.createElement('figcaption'));
    caption.append(definition.title);
    if (definition.hint !== undefined) caption.title = definition.hint;
    const values = caption.appendChild(document.createElement('span'));
    values.className = 'values';
    this.#values = definition.lines.map(({ name, colour }) => {
      const swatch = document.createElement('i');
      swatch.style.color = `var(--${colour})`;
      const value = document.createElement('b');
      values.appendChild(document.createElement('span')).append(swatch, `${name} `, value);
      return value;
    });
    container.append(figure);
    this.#plot = new uPlot(this.#options(figure), [this.#times, ...this.#series], figure);
    this.#plot.root.setAttribute('aria-hidden', 'true'); // the caption says the newest values
    new ResizeObserver(() => {
      this.#plot.setSize({ width: innerWidthOf(figure), height: HEIGHT });
    }).observe(figure);
  }

  add(sample: Sample): void {
    // The newest is at 0 s; the axis reaches back as far as there are samples.
    if (this.#times.length < COUNT) this.#times.unshift((-this.#times.length * SAMPLE_INTERVAL) / 1000);
    this.#definition.lines.forEach(({ of }, index) => {
      const value = of(sample);
      const series = this.#series[index];
      series?.push(value);
      if ((series?.length ?? 0) > COUNT) series?.shift();
      const label = this.#values[index];
      if (label !== undefined) setText(label, value === null ? '–' : this.#definition.format(value));
    });
    this.#plot.setData([this.#times, ...this.#series]);
  }

  redraw(): void {
    this.#plot.redraw();
  }

  #options(figure: HTMLElement): uPlot.Options {
    const { lines, format, least } = this.#definition;
    const axis: uPlot.Axis = {
      stroke: () => colourOf('faint-ink'),
      font: '11px system-ui, sans-serif',
      ticks: { show: false },
      grid: { stroke: () => colourOf('line'), width: 1 },
    };
    return {
      width: innerWidthOf(figure),
      height: HEIGHT,
      padding: [8, 14, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (plot) => [Math.min(-1, plot.data[0]?.[0] ?? 0), 0] },
        y: { range: (_plot, _least, most) => [0, Math.max(least, (most ?? 0) * 1.1)] },
      },
      series: [
        {},
        ...lines.map(({ colour }, index) => ({
          stroke: () => colourOf(colour),
          fill: () => (index > 0 ? 'transparent' : `color-mix(in srgb, ${colourOf(colour)} 12%, transparent)`),
          width: 1.5,
          points: { show: false },
        })),
      ],
      axes: [
        { ...axis, size: 18, gap: 2, space: 60, values: (_plot, times) => times.map((time) => `${time} s`) },
        { ...axis, size: 52, gap: 4, space: 26, values: (_plot, values) => values.map(format) },
      ],
    };
  }
}

/** The style sheet's colours, for light or dark. */
function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function innerWidthOf(figure: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(figure);
  return figure.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
}
