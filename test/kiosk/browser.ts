import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Language } from '../../agent/domain/texts.js';

const CHROMIUM = '/usr/bin/chromium';

/** The touch screen that the page is drawn for. */
export const VIEWPORT = { width: 800, height: 480 } as const;

/** True where a real Chromium is installed. Elsewhere says so once, and fails on a build server, where it must be. */
export function hasChromium(): boolean {
  if (existsSync(CHROMIUM)) return true;
  const message = `no ${CHROMIUM}: the kiosk page is not tested (apt-get install chromium)`;
  if (process.env.CI) throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A touch screen with the page open in one language; every mistake that the page reports is kept. */
export interface OpenPage {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly mistakes: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  language?: Language,
  options: { readonly reducedMotion?: 'reduce' } = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: VIEWPORT, hasTouch: true, ...options });
  if (language !== undefined) await context.addInitScript(`localStorage.setItem('wasl-language', '${language}')`);
  const page = await context.newPage();
  const mistakes: string[] = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') mistakes.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('html[data-screen]:not([data-screen="starting"])');
  return { context, page, mistakes };
}
