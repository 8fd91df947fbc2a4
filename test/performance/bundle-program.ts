import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Bundles the program at `input` into `folder`, for a Node process with flags or an environment of its own. Returns its path. */
export async function bundleProgram(input: string, folder: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'node' });
  await bundle.write({ dir: folder, entryFileNames: 'program.mjs', format: 'es' });
  await bundle.close();
  return join(folder, 'program.mjs');
}
