// Runs in a page of the site (site.test.ts): what a reader could not read there, as a list of complaints.

/** WCAG 2.2, 1.4.3: the least contrast of text, and of large text. */
const LEAST = 4.5;
const LEAST_LARGE = 3;

globalThis.auditPage = () => [...findOverflow(), ...findFaintText()];

/** The page itself does not scroll sideways: what is wider, such as a table or code, scrolls inside. */
function findOverflow() {
  const { scrollWidth } = document.documentElement;
  if (scrollWidth <= innerWidth) return [];
  const wide = [...document.querySelectorAll('.vp-doc *, .VPHome *')].filter(
    (element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrollsInside(element),
  );
  return [`${scrollWidth} px wide: ${wide.slice(0, 3).map(nameOf).join(', ')}`];
}

function scrollsInside(element) {
  for (let at = element.parentElement; at !== null; at = at.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true;
  }
  return false;
}

function findFaintText() {
  const faults = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element === null || !element.checkVisibility({ visibilityProperty: true })) continue;
    // The line numbers and the name of a block's language are decoration; what is clipped is for screen readers.
    if (element.closest('.lang, .line-numbers-wrapper, .visually-hidden, .header-anchor, script, style') !== null)
      continue;
    const style = getComputedStyle(element);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const behind = backgroundOf(element);
    if (behind === null || style.backgroundClip === 'text' || style.webkitTextFillColor === 'rgba(0, 0, 0, 0)')
      continue;
    const found = contrast(over(colorOf(style.color), behind), behind);
    if (found >= (isLarge ? LEAST_LARGE : LEAST)) continue;
    const key = `${nameOf(element)} ${style.color} on ${behind.map(Math.round)}: ${found.toFixed(2)}`;
    if (!faults.has(key)) faults.set(key, node.data.trim().slice(0, 30));
  }
  return [...faults].map(([key, text]) => `${key} "${text}"`);
}

function nameOf(element) {
  return `${element.localName}${element.className === '' ? '' : `.${String(element.className).replaceAll(' ', '.')}`}`;
}

/** The color behind an element, or null where a picture or a gradient is. */
function backgroundOf(element) {
  const layers = [];
  for (let at = element; at !== null; at = at.parentElement) {
    const { backgroundColor, backgroundImage } = getComputedStyle(at);
    if (backgroundImage !== 'none') return null;
    layers.unshift(colorOf(backgroundColor));
  }
  return layers.reduce((behind, layer) => over(layer, behind), [255, 255, 255]);
}

function over([red, green, blue, alpha], behind) {
  return [red, green, blue].map((value, index) => value * alpha + behind[index] * (1 - alpha));
}

const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

/** Any CSS color as red, green, blue (0 to 255) and alpha (0 to 1). */
function colorOf(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function contrast(one, two) {
  const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
