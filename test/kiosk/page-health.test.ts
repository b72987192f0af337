/** Health records on the screen, from the offer to the laboratory's result: the page, the server, the desk, journal and card are the product's own. */
import { mkdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../agent/domain/texts.js';
import type { KioskBackend } from '../../agent/kiosk/state.js';
import { type HealthDesk, healthCard, healthDesk } from '../health/bench.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { deskBackend } from './desk-backend.js';
import { layoutFaults } from './layout-probe.js';
import { buildPage, runKiosk } from './running.js';
import { soon } from './soon.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;
/** Pictures of the screens are kept there, if it is set. */
const PICTURES = process.env.WASL_PICTURES;

describe.skipIf(!hasChromium())('health records on the screen', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let desk: HealthDesk;
  let kiosk: Awaited<ReturnType<typeof runKiosk>>;
  let open: OpenPage;

  beforeAll(async () => {
    web = await buildPage();
    browser = await launchBrowser();
    if (PICTURES !== undefined) await mkdir(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    await browser.close();
    await web.remove();
  });
  beforeEach(async () => {
    desk = await healthDesk();
    await show(desk, 'ar');
  });
  afterEach(async () => {
    await open.context.close();
    await kiosk.close();
  });

  const backendOf = ({ journal, trust, tap, clock }: HealthDesk): KioskBackend =>
    deskBackend({ tap, journal, trust, clock, site: 'unit-1', areaOf: (site) => (site === 11 ? 'بورسعيد' : null) });
  const show = async (at: HealthDesk, language: 'ar' | 'fr' | 'en'): Promise<void> => {
    kiosk = await runKiosk(web.webRoot, { backend: backendOf(at) });
    open = await openPage(browser, kiosk.url, language);
  };
  const screenIs = async (name: string): Promise<void> => {
    await open.page.waitForSelector(`html[data-screen="${name}"]`);
    await open.page.waitForTimeout(HOLD_OFF_MS);
  };
  const tap = (key: string): Promise<void> => open.page.tap(`[data-key="${key}"]`);
  const isSound = async (name: string): Promise<void> => {
    if (PICTURES !== undefined) await open.page.screenshot({ path: `${PICTURES}/${name}.png` });
    expect(await layoutFaults(open.page)).toEqual([]);
  };

  it('are opened with a reason, added by the doctor, and answered by the laboratory', async () => {
    const card = await healthCard();
    await desk.lay(card);
    await screenIs('offer');
    await isSound('offer');
    await tap('records');
    await isSound('why');
    await tap('why-emergency');
    await screenIs('health');
    await isSound('none');
    await tap('add-record');
    await isSound('kinds');
    await tap('kind-laboratory-request');
    // The field has the focus: a doctor types at once.
    await open.page.waitForSelector('.record-field:focus');
    await open.page.keyboard.type('تحليل سكر تراكمي HbA1c، صائم');
    await isSound('typing');
    await tap('save-record');
    await open.page.waitForSelector('.health-added');
    await open.page.waitForTimeout(HOLD_OFF_MS);
    expect(await open.page.innerText('.record-text')).toBe('تحليل سكر تراكمي HbA1c، صائم');
    await isSound('added');
    await tap('cancel');
    await screenIs('offer');
    expect(card.healthRecords?.counter).toBe(1);
    expect(await desk.told()).toMatchObject([{ reason: 'emergency', count: 0 }, { kind: 'laboratory-request' }]);

    const laboratory = await healthDesk({ terminal: 12, role: 'laboratory' });
    await open.context.close();
    await kiosk.close();
    await show(laboratory, 'fr');
    await laboratory.lay(card);
    await screenIs('offer');
    await tap('records');
    await tap('why-treatment');
    await screenIs('health');
    await isSound('laboratory');
    const [request] = card.healthRecords?.records ?? [];
    await tap(`answer-${Buffer.from(request?.subarray(1, 9) ?? []).toString('hex')}`);
    await open.page.waitForSelector('.record-field:focus');
    await open.page.keyboard.type('HbA1c 7.2 %');
    await open.page.keyboard.press('Enter');
    await open.page.waitForSelector('.health-added');
    expect(card.healthRecords?.counter).toBe(2);
    expect([...desk.faults, ...laboratory.faults, ...open.mistakes]).toEqual([]);
  });

  it('are gone when the card is', async () => {
    await desk.lay(await healthCard());
    await screenIs('offer');
    await tap('records');
    await tap('why-treatment');
    await screenIs('health');
    desk.tap.removed();
    await screenIs('idle');
    expect(await open.page.content()).not.toContain('record-text');
  });

  it('have no key where they may not be opened, and the API opens none either', async () => {
    const clerk = await healthDesk({ role: 'clerk' });
    await open.context.close();
    await kiosk.close();
    await show(clerk, 'ar');
    const offered = await clerk.lay(await healthCard());
    await screenIs('offer');
    expect(await open.page.$('[data-key="records"]')).toBeNull();
    const tapId = 'tapId' in offered ? offered.tapId : '';
    await backendOf(clerk).command({ type: 'open-records', tapId, reason: 'treatment' });
    await soon(() => clerk.tap.state()).toMatchObject({ name: 'health-refused', code: 'ERR_HEALTH_ROLE' });
    await screenIs('refused');
  });

  it.each(LANGUAGES)('fit on the screen when there are many of them, in %s', async (language) => {
    await open.context.close();
    await kiosk.close();
    await show(desk, language);
    await desk.lay(await healthCard());
    await desk.open();
    for (const text of ['حساسية من البنسلين والسلفا', 'a', 'ق'.repeat(56), 'Metformin 500 mg, twice a day with food'])
      await desk.add('allergy', text);
    await desk.add('prescription', 'ميتفورمين ٥٠٠ مجم مرتين يوميًّا بعد الأكل');
    await desk.add('laboratory-result', 'refused');
    await screenIs('health');
    await isSound(`many-${language}`);
    expect(open.mistakes).toEqual([]);
  });
});
