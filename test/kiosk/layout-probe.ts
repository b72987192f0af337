import type { Page } from 'playwright-core';

/** What is wrong with what is on the screen, each in one line. */
export type LayoutFaults = readonly string[];

/** Smallest side of a key, px, and least contrast of a text (WCAG 2.2, 1.4.6, level AAA). */
const TARGET_PX = 64;
const CONTRAST = 7;

/**
 * Runs in the page. Looks at every text and every key that can be seen:
 * nothing beyond the viewport or its part of the screen, no text under a key that is not its own, no text cut off unless
 * an ellipsis says so, every key large enough, every text in contrast to what is behind it.
 * What a scrolled list hides is left out; so are disabled keys in the matter of contrast, as WCAG does.
 */
const PROBE = `(() => {
  const faults = [];
  const root = document.documentElement;
  const { innerWidth: width, innerHeight: height } = window;
  for (const element of [root, document.body, ...document.querySelectorAll('.page, main, .screen')]) {
    if (element.scrollWidth > width) faults.push(element.tagName + '.' + element.className + ' is ' + element.scrollWidth + ' wide');
    if (element.scrollHeight > height) faults.push(element.tagName + '.' + element.className + ' is ' + element.scrollHeight + ' high');
  }
  const overlay = document.querySelector('.overlay');
  const shown = overlay ?? document.querySelector('.page');
  const isSeen = (element) => !element.closest('.unseen') && !element.closest('[aria-hidden=true]') && element.getClientRects().length > 0;
  const scroller = (element) => element.closest('.pending ul, .records');
  const inside = (rect, box, slack) =>
    rect.left >= box.left - slack && rect.right <= box.right + slack && rect.top >= box.top - slack && rect.bottom <= box.bottom + slack;
  const viewport = { left: 0, top: 0, right: width, bottom: height };

  const keys = [...shown.querySelectorAll('button')].filter(isSeen);
  for (const key of keys) {
    const rect = key.getBoundingClientRect();
    const name = 'key ' + (key.dataset.key ?? key.textContent);
    if (rect.width < ${TARGET_PX} - 0.01 || rect.height < ${TARGET_PX} - 0.01) faults.push(name + ' is ' + rect.width + ' by ' + rect.height);
    if (!scroller(key) && !inside(rect, viewport, 0.1)) faults.push(name + ' is not on the screen');
    if (key.scrollWidth > key.clientWidth + 1 || key.scrollHeight > key.clientHeight + 1) faults.push(name + ' is too small for its words');
  }

  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const over = (below, color) => {
    canvas.globalCompositeOperation = 'copy';
    canvas.fillStyle = 'rgb(' + below.join(' ') + ')';
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalCompositeOperation = 'source-over';
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) layers.push(getComputedStyle(at).backgroundColor);
    return layers.reverse().reduce(over, [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };

  let texts = 0;
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const element = node.parentElement;
    if (text === '' || !isSeen(element)) continue;
    texts += 1;
    const range = document.createRange();
    range.selectNodeContents(node);
    const clipped = element.closest('.holder-first, .holder-second, .stand-in-name, .tile-name, .paper, .person-name, .person-facts, .editor-name, .editor-programme, .goods-name, .bar-place, .bar-detail, .reason-holder, .bar-strong');
    const part = element.closest('.screen > *, .bar, .overlay, .toast');
    // The box of a line is as tall as the font may ever need; its ink stays within about an em.
    const inked = (box) => {
      const half = Math.min(box.height / 2, parseFloat(getComputedStyle(element).fontSize) * 0.55);
      const middle = (box.top + box.bottom) / 2;
      return { left: box.left, right: box.right, top: middle - half, bottom: middle + half };
    };
    for (const rect of clipped ? [clipped.getBoundingClientRect()] : [...range.getClientRects()].map(inked)) {
      if (scroller(element)) continue;
      const where = JSON.stringify(text.slice(0, 40)) + ' at ' + [rect.left, rect.top, rect.right, rect.bottom].map(Math.round).join(' ');
      if (!inside(rect, viewport, 1)) faults.push(where + ' is off the screen');
      if (part !== null && !inside(rect, part.getBoundingClientRect(), 6)) faults.push(where + ' leaves its part of the screen');
      for (const key of keys) {
        if (key.contains(element) || scroller(key)) continue;
        const box = key.getBoundingClientRect();
        const across = Math.min(rect.right, box.right) - Math.max(rect.left, box.left);
        const down = Math.min(rect.bottom, box.bottom) - Math.max(rect.top, box.top);
        if (across > 1 && down > 5) faults.push(where + ' lies under the key ' + key.dataset.key);
      }
    }
    if (element.closest('button:disabled')) continue;
    const back = behind(element);
    const ratio = contrast(over(back, getComputedStyle(element).color), back);
    if (ratio < ${CONTRAST}) faults.push(JSON.stringify(text.slice(0, 40)) + ' has a contrast of ' + ratio.toFixed(2));
  }
  if (texts === 0) faults.push('there is no text at all');
  return faults;
})()`;

/** Looks at the screen as it is now, after fonts have come. */
export async function layoutFaults(page: Page): Promise<LayoutFaults> {
  await page.evaluate('document.fonts.ready.then(() => null)');
  return page.evaluate<LayoutFaults>(PROBE);
}
