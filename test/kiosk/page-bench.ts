import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Screen } from '../../agent/kiosk/state.js';
import { launchBrowser, type OpenPage, openPage } from './browser.js';
import { buildPage, type RunningKiosk, runKiosk } from './running.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;

/** A browser with the page in it and the server behind it, both new for each test. */
export interface PageBench {
  kiosk: RunningKiosk;
  readonly browser: Browser;
  readonly webRoot: string;
  readonly open: OpenPage;
  /** Shows a screen and waits until it takes touches. */
  show(screen: Screen): Promise<void>;
  /** Waits until the page takes touches again. */
  holdOff(): Promise<void>;
  tap(key: string): Promise<void>;
  /** The quantity on the screen, in the digits of the language. */
  quantity(): Promise<string>;
  screenIs(name: Screen['name']): Promise<void>;
}

/** Sets a bench up for the tests around the call. */
export function pageBench(): PageBench {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Browser;
  let kiosk: RunningKiosk;
  let open: OpenPage;
  beforeAll(async () => {
    web = await buildPage();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await web.remove();
  });
  beforeEach(async () => {
    kiosk = await runKiosk(web.webRoot);
    open = await openPage(browser, kiosk.url);
  });
  afterEach(async () => {
    await open.context.close();
    await kiosk.close();
  });
  const screenIs = async (name: string): Promise<void> => {
    await open.page.waitForSelector(`html[data-screen="${name}"]`);
  };
  const holdOff = (): Promise<void> => open.page.waitForTimeout(HOLD_OFF_MS);
  return {
    get kiosk() {
      return kiosk;
    },
    set kiosk(next) {
      kiosk = next;
    },
    get browser() {
      return browser;
    },
    get webRoot() {
      return web.webRoot;
    },
    get open() {
      return open;
    },
    async show(screen) {
      kiosk.backend.show(screen);
      await screenIs(screen.name);
      await holdOff();
    },
    holdOff,
    tap: (key) => open.page.tap(`[data-key="${key}"]`),
    quantity: () => open.page.innerText('.stepper-quantity strong'),
    screenIs,
  };
}
