/** A referral on a slip, from the clerk's screen to the printed sheet and back from it: page, server, desk, journal, lists and the QR codes are the product's own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readQrPng } from '../../agent/cards/picture.js';
import { slipOf } from '../../agent/credential/slip.js';
import { slipNumber } from '../../agent/domain/slip.js';
import { LANGUAGES } from '../../agent/domain/texts.js';
import { createHealthTap } from '../../agent/tap/health-tap.js';
import { freshCard } from '../support/desk.js';
import { CONSULTATION, LISTED, openSlipDesk, REFERRAL, SALAM, type SlipDesk } from '../support/slip-desk.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { deskBackend } from './desk-backend.js';
import { layoutFaults } from './layout-probe.js';
import { buildPage, runKiosk } from './running.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;
/** Where pictures go for whoever wants to look at them. */
const PICTURES = process.env.WASL_PICTURES;

describe.skipIf(!hasChromium())('a slip on the page', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let kiosk: Awaited<ReturnType<typeof runKiosk>> | undefined;
  let open: OpenPage | undefined;

  beforeAll(async () => {
    web = await buildPage();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await web.remove();
  });
  const leave = async (): Promise<void> => {
    await open?.context.close();
    await kiosk?.close();
    open = undefined;
    kiosk = undefined;
  };
  afterEach(leave);

  const pageOf = async (desk: SlipDesk, language: (typeof LANGUAGES)[number] = 'ar'): Promise<OpenPage> => {
    const { journal, trust, clock, deps } = desk;
    const tap = createHealthTap(desk.persons, deps);
    const facts = deps.desk === undefined ? {} : { desk: deps.desk };
    const backend = deskBackend({ tap, journal, trust, clock, site: 'manakh-unit', areaOf: () => null, ...facts });
    kiosk = await runKiosk(web.webRoot, { backend });
    open = await openPage(browser, kiosk.url, language);
    return open;
  };
  const screenIs = async ({ page }: OpenPage, name: string): Promise<void> => {
    await page.waitForSelector(`html[data-screen="${name}"]`);
    await page.waitForTimeout(HOLD_OFF_MS);
  };
  const press = ({ page }: OpenPage, key: string): Promise<void> => page.tap(`[data-key="${key}"]`);
  const picture = async ({ page }: OpenPage, name: string): Promise<void> => {
    if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  };
  /** What a scanner reads from the element. */
  const scan = async ({ page }: OpenPage, selector: string): Promise<string> =>
    readQrPng(Uint8Array.from(await page.locator(selector).first().screenshot()));

  it('is written by a clerk, read from the screen, printed as often as needed, and shown again after a restart', async () => {
    const unit = await openSlipDesk('manakh-unit');
    const at = await pageOf(unit);
    await screenIs(at, 'idle');
    await unit.present(await freshCard());
    await screenIs(at, 'offer');
    expect(await layoutFaults(at.page)).toEqual([]);
    await press(at, `item-c${REFERRAL}`);
    await press(at, 'paper-for');
    await press(at, `for-c${CONSULTATION}`);
    await press(at, 'more');
    await press(at, 'paper-site');
    await press(at, `site-${SALAM}`);
    await press(at, 'confirm');
    await screenIs(at, 'granted');
    expect(await layoutFaults(at.page)).toEqual([]);
    await picture(at, 'granted');
    const text = unit.slip();
    expect(await scan(at, '.slip-screen .slip-code')).toBe(text);
    expect(await at.page.innerText('.slip-screen')).toContain('salam-hospital');
    const key = `print-${slipNumber(slipOf(text)?.id ?? '').replace(' ', '')}`;
    await press(at, key);
    await at.page.emulateMedia({ media: 'print' });
    expect(await scan(at, '.slip-sheet .slip-code')).toBe(text);
    expect(await at.page.isVisible('.slip-screen')).toBe(false);
    const sheet = await at.page.innerText('.slip-sheet');
    for (const words of ['صالحة حتى', 'Valable jusqu’au', 'Valid until', 'salam-hospital', '2026-12-20'])
      expect(sheet).toContain(words);
    const pdf = await at.page.pdf({
      preferCSSPageSize: true,
      ...(PICTURES === undefined ? {} : { path: `${PICTURES}/slip.pdf` }),
    });
    // One sheet, of 80 mm by 160 mm, in points.
    expect(pdf.toString('latin1').match(/\/MediaBox\s*\[0 0 (\d+)/g)).toHaveLength(1);
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox\s*\[0 0 22[67]/);
    await leave();

    await unit.start();
    const again = await pageOf(unit);
    await screenIs(again, 'idle');
    expect(await layoutFaults(again.page)).toEqual([]);
    await picture(again, 'pending');
    await press(again, key);
    await again.page.emulateMedia({ media: 'print' });
    expect(await scan(again, '.slip-sheet .slip-code')).toBe(text);
    await again.page.emulateMedia({ media: 'screen' });
    await press(again, `handover-${slipOf(text)?.id}`);
    await again.page.waitForSelector('.idle[data-pending="false"]');
    expect(unit.slip()).toBe('');
    expect(again.mistakes).toEqual([]);
  });

  it.each(LANGUAGES)(
    'is asked for with the card, and refused elsewhere with the name of the hospital (%s)',
    async (language) => {
      const unit = await openSlipDesk('manakh-unit');
      await unit.present(await freshCard());
      await unit.confirm(REFERRAL, { for: CONSULTATION, site: SALAM });
      const text = unit.slip();
      const hospital = await openSlipDesk('salam-hospital');
      const at = await pageOf(hospital, language);
      await screenIs(at, 'idle');
      await hospital.present({ text });
      await at.page.waitForSelector('[data-key="cancel-slip"]');
      expect(await layoutFaults(at.page)).toEqual([]);
      await picture(at, `read-${language}`);
      await hospital.present(await freshCard());
      await screenIs(at, 'offer');
      expect(await layoutFaults(at.page)).toEqual([]);
      await picture(at, `offer-${language}`);
      await leave();
      const other = await openSlipDesk('zohour-hospital');
      const elsewhere = await pageOf(other, language);
      await screenIs(elsewhere, 'idle');
      await other.present({ text });
      await screenIs(elsewhere, 'refused');
      expect(await elsewhere.page.innerText('.reason')).toContain('salam-hospital');
      expect(await layoutFaults(elsewhere.page)).toEqual([]);
      await picture(elsewhere, `refused-${language}`);
      expect(elsewhere.mistakes).toEqual([]);
    },
  );

  it('leads to the person without a card whom it was written for', async () => {
    const unit = await openSlipDesk('manakh-unit');
    unit.persons.select('register');
    const at = await pageOf(unit);
    await screenIs(at, 'idle');
    await press(at, 'search');
    await screenIs(at, 'search');
    await at.page.fill('[data-field="search"]', LISTED.id);
    await at.page.waitForSelector(`[data-key="person-${LISTED.number}"]`);
    await press(at, `person-${LISTED.number}`);
    await screenIs(at, 'offer');
    expect(await layoutFaults(at.page)).toEqual([]);
    await press(at, 'paper-for');
    await press(at, `for-c${CONSULTATION}`);
    await press(at, 'more');
    await press(at, 'paper-site');
    await press(at, `site-${SALAM}`);
    await press(at, 'confirm');
    await screenIs(at, 'granted');
    expect(await layoutFaults(at.page)).toEqual([]);
    const text = unit.slip();
    await leave();
    const hospital = await openSlipDesk('salam-hospital');
    const there = await pageOf(hospital);
    await screenIs(there, 'idle');
    await hospital.present({ text });
    await screenIs(there, 'offer');
    expect(await there.page.innerText('.screen')).toContain(LISTED.name);
    await picture(there, 'listed-offer');
  });
});
