import uPlot from 'uplot';
import type { Sample } from '../feed/messages.ts';
import { make, setText } from './element.ts';
import { bytes, count, milliseconds } from './format.ts';

/** The most seconds that are shown, and the fewest: a page that has just been opened has no long gap before its curves. */
const SPAN = 300;
const LEAST_SPAN = 30;
const HEIGHT = 76;

interface Curve {
  readonly name: string;
  readonly colour: 'in' | 'out' | 'third';
  readonly of: (sample: Sample) => number | null;
}

interface Definition {
  readonly title: string;
  readonly hint: string;
  readonly curves: readonly Curve[];
  readonly format: (value: number) => string;
  /** The smallest top of the scale. */
  readonly least: number;
}

const DEFINITIONS: readonly Definition[] = [
  {
    title: 'Bytes/s',
    hint: 'On the wire of all WebSockets, with frame headers and without TLS',
    curves: [
      { name: 'in', colour: 'in', of: ({ bytesIn }) => bytesIn },
      { name: 'out', colour: 'out', of: ({ bytesOut }) => bytesOut },
    ],
    format: bytes,
    least: 1000,
  },
  {
    title: 'Packets/s',
    hint: 'Messages of all WebSockets',
    curves: [
      { name: 'in', colour: 'in', of: ({ packetsIn }) => packetsIn },
      { name: 'out', colour: 'out', of: ({ packetsOut }) => packetsOut },
    ],
    format: count,
    least: 10,
  },
  {
    title: 'Poll',
    hint: 'How long the program’s poll() took, with the handlers that it called: the mean and the largest of each interval',
    curves: [
      { name: 'mean', colour: 'in', of: ({ pollMean }) => pollMean },
      { name: 'max', colour: 'out', of: ({ pollMost }) => pollMost },
    ],
    format: milliseconds,
    least: 1,
  },
  {
    title: 'Peers',
    hint: 'Open connections',
    curves: [{ name: '', colour: 'in', of: ({ peers }) => peers }],
    format: count,
    least: 4,
  },
  {
    title: 'Ping',
    hint: 'The round trip of the Pings of heartbeatInterval: the mean and the largest of all peers',
    curves: [
      { name: 'mean', colour: 'in', of: ({ roundTrip }) => roundTrip },
      { name: 'max', colour: 'out', of: ({ roundTripMost }) => roundTripMost },
    ],
    format: milliseconds,
    least: 10,
  },
];

/** The plots of the last minutes. */
export class Plots {
  readonly #plots: readonly Plot[];

  constructor(container: HTMLElement) {
    this.#plots = DEFINITIONS.map((definition) => new Plot(container, definition));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      for (const plot of this.#plots) plot.redraw();
    });
  }

  restart(samples: readonly Sample[]): void {
    for (const plot of this.#plots) plot.restart(samples);
  }

  add(sample: Sample): void {
    for (const plot of this.#plots) plot.add(sample);
  }
}

class Plot {
  readonly #definition: Definition;
  readonly #values: readonly HTMLElement[];
  readonly #plot: uPlot;
  #samples: Sample[] = [];

  constructor(container: HTMLElement, definition: Definition) {
    this.#definition = definition;
    const figure = make('figure');
    const caption = figure.appendChild(make('figcaption'));
    caption.title = definition.hint;
    caption.append(make('span', '', definition.title));
    const values = caption.appendChild(make('span', 'values'));
    this.#values = definition.curves.map(({ name, colour }) => {
      const group = values.appendChild(make('span', colour, name === '' ? '' : `${name} `));
      return group.appendChild(make('b', '', '–'));
    });
    container.append(figure);
    this.#plot = new uPlot(optionsFor(definition), [[], ...definition.curves.map(() => [])], figure);
    this.#plot.root.setAttribute('aria-hidden', 'true'); // the caption has the newest values
    new ResizeObserver(() => this.#plot.setSize({ width: figure.clientWidth - 16, height: HEIGHT })).observe(figure);
  }

  restart(samples: readonly Sample[]): void {
    this.#samples = [...samples];
    this.#show();
  }

  add(sample: Sample): void {
    this.#samples.push(sample);
    this.#show();
  }

  redraw(): void {
    this.#plot.redraw(false);
  }

  #show(): void {
    const newest = this.#samples.at(-1);
    if (newest === undefined) return;
    const first = this.#samples.findIndex(({ time }) => time >= newest.time - SPAN * 1000);
    if (first > 0) this.#samples.splice(0, first);
    const { curves, format } = this.#definition;
    const times = this.#samples.map(({ time }) => time / 1000);
    this.#plot.setData([times, ...curves.map(({ of }) => this.#samples.map(of))]);
    for (const [index, { of }] of curves.entries()) {
      const value = of(newest);
      setText(this.#values[index]!, value === null ? '–' : format(value));
    }
  }
}

function optionsFor({ curves, format, least }: Definition): uPlot.Options {
  const faint = (): string => colour('--faint');
  const grid = { stroke: () => colour('--grid'), width: 1 };
  return {
    width: 200,
    height: HEIGHT,
    padding: [8, 2, 7, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, first, last) => [Math.min(first, last - LEAST_SPAN), last] },
      y: { range: (_, _least, most) => [0, Math.max(least, 1.1 * (most ?? 0))] },
    },
    axes: [
      { show: false },
      {
        stroke: faint,
        size: 50,
        gap: 3,
        font: '11px system-ui, sans-serif',
        grid,
        ticks: { show: false },
        splits: (_, _axis, _least, most) => [0, most / 2, most],
        values: (_, splits) => splits.map((value) => (value === 0 ? '0' : format(value))),
      },
    ],
    series: [
      {},
      ...curves.map(({ colour: name }) => ({ stroke: () => colour(`--${name}`), width: 1.5, points: { show: false } })),
    ],
  };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}
