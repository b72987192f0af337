/** A person without a card, from the idle screen to the hand-over: the page, the server, the desk, journal and lists are the product's own. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHealthTap } from '../../agent/tap/health-tap.js';
import { person } from '../roster/rosters.js';
import { type ListedDesk, openListedDesk, PERSONS } from '../support/listed-desk.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { deskBackend } from './desk-backend.js';
import { layoutFaults } from './layout-probe.js';
import { buildPage, runKiosk } from './running.js';
import { soon } from './soon.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;

describe.skipIf(!hasChromium())('somebody without a card', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let desk: ListedDesk;
  let kiosk: Awaited<ReturnType<typeof runKiosk>>;
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
    desk = await openListedDesk();
    const { journal, trust, clock } = desk;
    const tap = createHealthTap(desk.persons, desk.deps);
    const areaOf = (site: number) => (site === 17 ? 'medani' : null);
    const backend = deskBackend({ tap, journal, trust, clock, site: 'medani-direct', areaOf });
    kiosk = await runKiosk(web.webRoot, { backend });
    open = await openPage(browser, kiosk.url);
  });
  afterEach(async () => {
    await open.context.close();
    await kiosk.close();
  });

  const screenIs = async (name: string): Promise<void> => {
    await open.page.waitForSelector(`html[data-screen="${name}"]`);
    await open.page.waitForTimeout(HOLD_OFF_MS);
  };
  const tap = (key: string): Promise<void> => open.page.tap(`[data-key="${key}"]`);

  it('is typed in another spelling, chosen among two of one name, served and handed over', async () => {
    const { page } = open;
    await screenIs('idle');
    await tap('search');
    await screenIs('search');
    // The field has the focus: a clerk types at once.
    await page.keyboard.type('سلمي بدران');
    await page.waitForSelector('[data-key="person-12"]');
    expect(await page.innerText('[data-key="person-11"]')).toContain('زينب الطيب');
    expect(await layoutFaults(page)).toEqual([]);
    await tap('person-12');
    await screenIs('offer');
    expect(await page.innerText('.facts')).toContain('في القائمة');
    await tap('confirm');
    await screenIs('granted');
    await tap('handover');
    await screenIs('idle');
    const number = desk.rosters.inForce('gezira-2026', 0)?.roster.number ?? 0;
    expect((await desk.rosters.ledger()?.factsOf(number, 12))?.nextSequence).toBe(2);
    expect(open.mistakes).toEqual([]);
  });

  it('is refused in words when it was all served before', async () => {
    await screenIs('idle');
    for (const screen of ['granted', 'refused']) {
      await tap('search');
      await screenIs('search');
      await open.page.fill('[data-field="search"]', '9000000000013');
      await open.page.waitForSelector('[data-key="person-13"]');
      await tap('person-13');
      if (screen === 'granted') {
        await screenIs('offer');
        await tap('confirm');
      }
      await screenIs(screen);
      await tap(screen === 'granted' ? 'handover' : 'dismiss');
      await screenIs('idle');
    }
    expect(await desk.journal.state().undispensedGifts.size).toBe(0);
  });

  it('is told from many of one name by typing more, and may go again', async () => {
    await desk.bring(
      [...PERSONS, ...Array.from({ length: 30 }, (_, at) => person(100 + at, { name: 'أحمد بشير' }))],
      2,
    );
    await screenIs('idle');
    await tap('search');
    await screenIs('search');
    await open.page.fill('[data-field="search"]', 'احمد');
    await open.page.waitForSelector('.search-more');
    expect(await open.page.locator('.people .key').count()).toBe(8);
    expect(await open.page.innerText('.search-more')).toContain('٢٢');
    await open.page.fill('[data-field="search"]', 'لا أحد هكذا');
    await soon(() => open.page.innerText('.search-none')).toContain('لا أحد');
    await open.page.keyboard.press('Escape');
    await screenIs('idle');
  });
});
