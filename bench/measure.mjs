// One measurement: a new process of one contestant, the load, and the results.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuOf } from './cpu.mjs';
import { writePlan } from './plan.mjs';
import { memoryOf, Speaker } from './process.mjs';
import { verifyCompressed } from './verify.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The figures of `workload`, by the metrics of its rows, and additional information. `bench` holds what all
 * measurements share: `timing`, `load` (the command), `identity` (of TLS), `cpus` and `folder`.
 */
export async function measure(workload, name, contestant, bench) {
  const timing = workload.isSlow ? { ...bench.timing, measured: 2 * bench.timing.measured } : bench.timing;
  if (workload.kind === 'micro') return measureMicro(workload, name, contestant, bench, timing);
  if (workload.kind.startsWith('client')) return measureClient(workload, contestant, bench, timing);
  return measureServer(workload, contestant, bench, timing);
}

async function measureServer(workload, contestant, bench, timing) {
  const { rows: _, contestants: __, ...settings } = { ...workload, ...contestant.settings };
  if (workload.tls) settings.identity = bench.identity;
  const server = speaker(contestant, [here(`servers/${contestant.server}`), JSON.stringify(settings)], bench);
  let load = null;
  try {
    const { port } = await server.answer();
    const plan = join(bench.folder, 'plan.bin');
    mkdirSync(bench.folder, { recursive: true });
    writePlan(plan, workload.kind === 'idle' ? { ...workload, kind: 'echo', depth: 1 } : workload, contestant.isRaw);
    const mode = workload.kind !== 'tick' ? 'echo' : workload.hz === undefined ? 'tick' : 'receive';
    const options = { plan, port, pid: server.pid, mode, window: workload.window ?? 1, tls: workload.tls ? 1 : 0 };
    const args = Object.entries(options).map(([key, value]) => `${key}=${value}`);
    load = new Speaker([...bench.load, ...args], {}, bench.cpus?.[1] ?? null);
    if (workload.kind === 'idle') return await measureIdle(workload, server, load, timing);
    await load.answer(`connect ${workload.connections}`);
    const result = await load.answer(`run ${timing.warmup} ${timing.measured}`);
    if (workload.deflate !== undefined) await verifyCompressed(result.capture, workload);
    return figures(result);
  } finally {
    await load?.end();
    await server.end();
  }
}

/** Memory and handshakes: first with a few connections that are closed again, so that what is created only once is not counted. */
async function measureIdle({ connections, pollHz }, server, load, timing) {
  const memory = async () => {
    await sleep(300);
    await server.answer('gc');
    return memoryOf(server.pid);
  };
  await load.answer(`connect ${Math.min(1000, connections)}`);
  await load.answer('once');
  await load.answer('close');
  const before = await memory();
  const { serverCpu, seconds } = await load.answer(`connect ${connections}`);
  if (pollHz !== undefined) {
    await load.answer('once');
    await memory();
    const cpu = cpuOf(server.pid);
    const began = performance.now();
    await sleep(2 * timing.measured);
    return { share: (cpuOf(server.pid) - cpu) / ((performance.now() - began) / 1000) };
  }
  await load.answer('once');
  const kib = ((await memory()) - before) / connections;
  return { kib, handshake: (serverCpu / connections) * 1e6, perSecond: connections / seconds };
}

async function measureClient(workload, contestant, bench, timing) {
  const { kind, size } = workload;
  const flood = new Speaker(
    [process.execPath, here('flood.mjs'), JSON.stringify({ kind, size })],
    {},
    bench.cpus?.[1] ?? null,
  );
  let client = null;
  try {
    const { port } = await flood.answer();
    const settings = { ...workload, ...contestant.settings, ...timing, url: `ws://127.0.0.1:${port}/` };
    const before = cpuOf(flood.pid);
    client = speaker(contestant, [here(`clients/${contestant.client}`), JSON.stringify(settings)], bench);
    const result = await client.answer();
    // The other end's share, over the warm-up too.
    return figures({
      ...result,
      loadCpu: ((cpuOf(flood.pid) - before) * timing.measured) / (timing.measured + timing.warmup),
    });
  } finally {
    await client?.end();
    await flood.end();
  }
}

async function measureMicro({ file, args }, name, contestant, bench, timing) {
  const own = speaker(contestant, [here(`micro/${file}`), JSON.stringify(timing), name, ...args], bench);
  try {
    return figures(await own.answer());
  } finally {
    await own.end();
  }
}

function speaker({ command, env }, args, { cpus }) {
  return new Speaker([...command, ...args], env, cpus?.[0] ?? null);
}

function figures({ messages, seconds, serverCpu, serverWaited, loadCpu, p50, p90, p99 }) {
  if (messages === 0) throw new Error('not one message in the time of the measurement');
  const cpu = (serverCpu / messages) * 1e6;
  return {
    cpu,
    share: serverCpu / seconds,
    waited: serverWaited === undefined ? undefined : serverWaited / serverCpu,
    loadShare: (loadCpu ?? 0) / seconds,
    perSecond: messages / seconds,
    p50,
    p90,
    p99,
  };
}
