// A measurement inside one process: the CPU time of a call, printed in the format of a load.
const { warmup, measured } = JSON.parse(process.argv[2] ?? '{"warmup":300,"measured":1000}');

/** Calls `batch`, which returns its number of operations, for some CPU time. */
export function measure(batch) {
  repeat(batch, warmup);
  console.log(JSON.stringify(repeat(batch, measured)));
}

function repeat(batch, milliseconds) {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let messages = 0;
  for (;;) {
    messages += batch();
    const { user, system } = process.cpuUsage(cpu);
    const spent = (user + system) / 1000;
    if (spent < milliseconds) continue;
    return { messages, seconds: (performance.now() - begin) / 1000, serverCpu: spent / 1000 };
  }
}
