/** A person without a card who pays, and is taken back: the page, the server, the desk, its till, journal and lists are the product's own. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHealthTap } from '../../agent/tap/health-tap.js';
import { EACH, openPaidListedDesk, type PaidListedDesk } from '../support/paid-listed-desk.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { deskBackend } from './desk-backend.js';
import { layoutFaults } from './layout-probe.js';
import { buildPage, runKiosk } from './running.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;
const PIN = '271828';
const LANGUAGES = ['ar', 'fr', 'en'] as const;

describe.skipIf(!hasChromium())('somebody without a card who pays', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let on: PaidListedDesk;
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
    on = await openPaidListedDesk();
    const { desk } = on;
    const { journal, trust, clock } = desk;
    const backend = deskBackend({
      ...{ tap: createHealthTap(desk.persons, desk.deps), journal, trust, clock, site: 'medani-direct' },
      areaOf: () => 'medani',
      supervisors: {
        here: () => [{ number: 9, name: 'سامية عبد الحميد' }],
        authorise: async (_number, pin) => (pin === PIN ? { allowed: true } : { allowed: false, code: 'ERR_PIN' }),
      },
      methods: ['cash', 'machine'],
    });
    kiosk = await runKiosk(web.webRoot, { backend });
  });
  afterEach(async () => {
    await open.context.close();
    await kiosk.close();
  });

  const shows = async (selector: string): Promise<void> => {
    await open.page.waitForSelector(selector);
    await open.page.waitForTimeout(HOLD_OFF_MS);
    expect(await layoutFaults(open.page)).toEqual([]);
  };
  const screenIs = (name: string): Promise<void> => shows(`html[data-screen="${name}"]`);
  const tap = (key: string): Promise<void> => open.page.tap(`[data-key="${key}"]`);
  const find = async (): Promise<void> => {
    await screenIs('idle');
    await tap('search');
    await screenIs('search');
    await open.page.fill('[data-field="search"]', '9000000000013');
    await open.page.waitForSelector('[data-key="person-13"]');
    await tap('person-13');
  };

  it.each(LANGUAGES)('is served for cash, taken back by a supervisor, and served again, in %s', async (language) => {
    open = await openPage(browser, kiosk.url, language);
    await find();
    await screenIs('offer');
    await tap('confirm');
    await shows('[data-key="pay-cash"]');
    await tap('pay-cash');
    await screenIs('granted');
    expect(await open.page.innerText('.paid-line')).not.toBe('');
    await tap('take-back');
    await screenIs('authorise');
    for (const digit of '314159') await tap(`digit-${digit}`);
    await tap('allow');
    await shows('.take-back-hint[data-shown="true"]');
    for (const digit of PIN) await tap(`digit-${digit}`);
    await tap('allow');
    await screenIs('voided');
    expect((await on.payments()).map(({ state, amount }) => [state, amount])).toEqual([
      ['paid', EACH],
      ['returned', EACH],
    ]);
    await tap('dismiss');
    await find();
    await screenIs('offer');
    await tap('cancel');
    await screenIs('idle');
    expect(open.mistakes).toEqual([]);
  });

  it.each(LANGUAGES)(
    'is found again while nothing was handed over, and refused with a way to take it back, in %s',
    async (language) => {
      open = await openPage(browser, kiosk.url, language);
      await on.serve(13, 'cash');
      await on.restart();
      await kiosk.close();
      const { desk } = on;
      const { journal, trust, clock } = desk;
      const backend = deskBackend({
        ...{ tap: createHealthTap(desk.persons, desk.deps), journal, trust, clock, site: 'medani-direct' },
        ...{ areaOf: () => 'medani', methods: ['cash'] as const },
        supervisors: { here: () => [{ number: 9, name: 'Adel' }], authorise: async () => ({ allowed: true }) },
      });
      kiosk = await runKiosk(web.webRoot, { backend });
      await open.context.close();
      open = await openPage(browser, kiosk.url, language);
      await find();
      await screenIs('refused');
      await tap('take-back');
      await screenIs('authorise');
      await tap('cancel');
      await screenIs('idle');
      expect(desk.journal.state().undispensedGifts.size).toBe(1);
    },
  );
});
