import type { Page } from 'playwright-core';
import { buildPck } from '../../../examples/godot-page/pck.ts';
import { closeBrowser, newPage } from '../../support/chromium.ts';
import { type GameSite, openGameSite } from './site.ts';

/** Output of every start, which is ignored. */
const HARMLESS = /Could not load global script cache/;
/** The place in the engine's source in an error message: different in each version, and ignored. */
const ORIGIN = /^\s+at: /;

/** What `client.gd` prints when it is ready. */
const READY = 'ready []';

/** One running engine: a browser page with Godot 4.6's web template in it, playing a project that a test wrote. */
export interface EngineRun {
  /** The output of `print()`: from `client.gd`, a word and a JSON array. */
  readonly lines: string[];
  /** The engine's errors that no test has taken yet. */
  readonly errors: string[];
  /** The value of a GDScript expression, with the node `Main` as `self`. */
  run(expression: string): Promise<unknown>;
  /** Loads the page again, as its user does. Resolves when the main scene is ready. */
  reload(): Promise<void>;
  /** From now on the game gets no animation frames, as in a hidden tab: it does not poll. `run` still works. */
  holdFrames(): Promise<void>;
  /** Ends `holdFrames`. */
  releaseFrames(): Promise<void>;
  close(): Promise<void>;
}

let site: Promise<GameSite> | null = null;

/** Starts the engine with a project of text files. Resolves when the main scene is ready. `args`: Chromium's. */
export async function startEngine(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<EngineRun> {
  site ??= openGameSite();
  const { addPackage, url } = await site;
  const page = await newPage(args);
  const lines: string[] = [];
  const errors: string[] = [];
  let beReady = (): void => {};
  await page.exposeFunction('tellLine', (line: string) => {
    lines.push(line);
    if (line === READY) beReady();
  });
  await page.exposeFunction('tellError', (line: string) => {
    if (!HARMLESS.test(line) && !ORIGIN.test(line)) errors.push(line);
  });
  page.on('pageerror', (error) => errors.push(`page: ${error.message}`));
  const mainPack = addPackage(buildPck(files));
  const begin = async (): Promise<void> => {
    const ready = new Promise<void>((resolve) => {
      beReady = resolve;
    });
    try {
      await start(page, mainPack);
      await ready;
    } catch (error) {
      throw new Error(`the engine did not start: ${errors.join('\n')}`, { cause: error });
    }
    lines.splice(lines.indexOf(READY), 1);
  };
  const reload = async (): Promise<void> => {
    await page.reload();
    await begin();
  };
  await page.goto(url);
  await begin();
  lines.length = 0;
  return {
    lines,
    errors,
    run: (expression) => run(page, expression),
    holdFrames: () => holdFrames(page),
    releaseFrames: () => releaseFrames(page),
    reload,
    close: () => page.close(),
  };
}

/** Ends the shared browser. */
export async function stopEngines(): Promise<void> {
  const running = site;
  site = null;
  await closeBrowser();
  (await running)?.close();
}

async function start(page: Page, mainPack: string): Promise<void> {
  await page.evaluate(async (pack) => {
    // biome-ignore lint/suspicious/noExplicitAny: names of the engine's script and of the test's hooks
    const { Engine, tellLine, tellError, document } = globalThis as any;
    const engine = new Engine({
      canvas: document.getElementById('canvas'),
      executable: 'index',
      mainPack: pack,
      args: ['--headless'],
      canvasResizePolicy: 0,
      fileSizes: {},
      gdextensionLibs: [],
      onPrint: tellLine,
      onPrintError: tellError,
    });
    await engine.startGame();
  }, mainPack);
  await page.waitForFunction(() => 'runInGame' in globalThis);
}

async function holdFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: names of the page and of this hook
    const window = globalThis as any;
    if (window.heldFrames !== undefined) return;
    const real = window.requestAnimationFrame;
    const held: unknown[] = [];
    window.heldFrames = { real, held };
    window.requestAnimationFrame = (callback: unknown) => held.push(callback);
  });
}

async function releaseFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: names of the page and of this hook
    const window = globalThis as any;
    if (window.heldFrames === undefined) return;
    const { real, held } = window.heldFrames;
    window.heldFrames = undefined;
    window.requestAnimationFrame = real;
    for (const callback of held) window.requestAnimationFrame(callback);
  });
}

async function run(page: Page, expression: string): Promise<unknown> {
  const answer = await page.evaluate((text) => {
    // biome-ignore lint/suspicious/noExplicitAny: names of client.gd
    const game = globalThis as any;
    game.runInGame(text);
    return game.answer as string | null;
  }, expression);
  if (answer === null) throw new Error(`the engine could not do ${expression}`);
  return JSON.parse(answer);
}
