// Computes one figure for each contestant in each row, from the samples of all rounds.

/** Rows in the order of the workloads; a contestant without a single sample is missing. */
export function summarise(workloads, samples) {
  return workloads.flatMap((workload) =>
    workload.rows.map((row) => {
      const { group, contestants } = workload;
      const own = samples.filter((sample) => sample.workload === workload);
      const figures = {};
      for (const name of contestants) {
        const mine = own.filter((sample) => sample.name === name);
        if (mine.length > 0) figures[name] = figureOf(row.metric, mine, own);
      }
      return { ...row, group, figures };
    }),
  );
}

/** How long the measured servers waited for a CPU, as a share of the time they ran; null if unknown. */
export function contentionOf(samples) {
  const shares = samples.map(({ figures }) => figures.waited).filter(Number.isFinite);
  return shares.length === 0 ? null : median(shares);
}

function figureOf(metric, mine, all) {
  const values = mine.map(({ figures }) => figures[metric]);
  // The ratio to tickpeer's figure of the same round.
  const ratios = mine.flatMap(({ round, figures }) => {
    const ours = all.find((sample) => sample.name === 'tickpeer' && sample.round === round)?.figures[metric];
    return ours === undefined ? [] : [figures[metric] / ours];
  });
  const of = (name) => median(mine.map(({ figures }) => figures[name] ?? 0));
  const beside = Object.fromEntries(
    ['perSecond', 'p50', 'p90', 'p99', 'share', 'loadShare'].map((name) => [name, of(name)]),
  );
  return {
    median: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    ratio: ratios.length === 0 ? null : median(ratios),
    ...beside,
  };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
