// Starts the engine with the game's package, in a canvas of the page's size, and shows the progress.
const canvas = document.querySelector('#canvas');
const curtain = document.querySelector('#curtain');
const message = document.querySelector('#message');
const progress = document.querySelector('#progress');
const command = document.querySelector('#command');

try {
  await start();
  curtain.hidden = true;
  canvas.focus();
} catch (error) {
  say(`The game did not start: ${error instanceof Error ? error.message : error}`);
}

async function start() {
  const { hasEngine, fileSizes } = await (await fetch('engine.json')).json();
  if (!hasEngine) {
    // Final: after the installation the server must be restarted.
    say('The Godot engine is not installed yet. Stop the server, run this in the repository, and start it again:');
    command.textContent = 'npm ci --prefix test/godot-engine';
    command.hidden = false;
    await new Promise(() => {});
  }
  await load('engine/index.js');
  const { Engine } = globalThis;
  const missing = Engine.getMissingFeatures({ threads: false });
  if (missing.length > 0) throw new Error(missing.join(', '));

  new ResizeObserver(fitCanvas).observe(canvas);
  fitCanvas();
  const engine = new Engine({
    canvas,
    executable: 'engine/index',
    mainPack: 'game.pck',
    fileSizes,
    canvasResizePolicy: 0, // The page sets the canvas's size, not the engine.
    gdextensionLibs: [],
    onProgress: showProgress,
  });
  await engine.startGame();
}

/** Sets the canvas to the screen's pixels; the engine follows. */
function fitCanvas() {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
}

function showProgress(loaded, total) {
  if (total === 0) return;
  progress.max = total;
  progress.value = loaded;
  const megabytes = (bytes) => (bytes / 1e6).toFixed();
  message.textContent =
    loaded < total ? `Loading the engine: ${megabytes(loaded)} of ${megabytes(total)} MB` : 'Starting the game …';
}

function load(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = source;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${source} cannot be loaded`));
    document.head.append(script);
  });
}

function say(text) {
  message.textContent = text;
  progress.hidden = true;
}
