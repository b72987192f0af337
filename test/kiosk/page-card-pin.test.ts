/** The PIN of a card on the screen, over its whole life: the page, the server, the desk, the journal and the card are the product's own. */
import { mkdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Language } from '../../agent/domain/texts.js';
import { LANGUAGES } from '../../agent/domain/texts.js';
import { openMedium } from '../../drivers/media/open.js';
import { presentedCard } from '../../simulators/cards/media.js';
import type { SimulatedType4 } from '../../simulators/cards/type4.js';
import { type PinDesk, pinCard, pinDesk } from '../tap/pin-bench.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { deskBackend } from './desk-backend.js';
import { layoutFaults } from './layout-probe.js';
import { buildPage, runKiosk } from './running.js';

/** Longer than the page ignores touches after a change of screen (350 ms). */
const HOLD_OFF_MS = 450;
/** Pictures of the screens are kept there, if it is set. */
const PICTURES = process.env.WASL_PICTURES;
const [FIRST, NEXT, SUPERVISOR] = ['2580', '7391', '402937'] as const;

describe.skipIf(!hasChromium())('the PIN of a card on the screen', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let desk: PinDesk;
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
    desk = await pinDesk();
    await show('ar');
  });
  afterEach(async () => {
    await open.context.close();
    await kiosk.close();
  });

  const supervisors = {
    here: () => [
      { number: 2, name: 'منى السيد' },
      { number: 3, name: 'Karim Nassar' },
    ],
    authorise: async (number: number, pin: string) =>
      number === 2 && pin === SUPERVISOR
        ? ({ allowed: true } as const)
        : ({ allowed: false, code: 'ERR_PIN' } as const),
  };
  const show = async (language: Language): Promise<void> => {
    const { journal, trust, tap, clock } = desk;
    const backend = deskBackend({ tap, journal, trust, clock, site: 'unit-1', areaOf: () => null, supervisors });
    kiosk = await runKiosk(web.webRoot, { backend });
    open = await openPage(browser, kiosk.url, language);
  };
  const again = async (language: Language): Promise<void> => {
    await open.context.close();
    await kiosk.close();
    await show(language);
  };
  const screenIs = async (name: string): Promise<void> => {
    await open.page.waitForSelector(`html[data-screen="${name}"]`);
    await open.page.waitForTimeout(HOLD_OFF_MS);
  };
  const tap = (key: string): Promise<void> => open.page.tap(`[data-key="${key}"]`);
  const type = async (pin: string, then: string): Promise<void> => {
    for (const digit of pin) await tap(`digit-${digit}`);
    expect(await open.page.innerText('.pin')).toBe('●'.repeat(pin.length));
    await tap(then);
  };
  const isSound = async (name: string): Promise<void> => {
    // A key that was just pressed is a little smaller for a moment.
    await open.page.waitForTimeout(HOLD_OFF_MS);
    if (PICTURES !== undefined) await open.page.screenshot({ path: `${PICTURES}/${name}.png` });
    expect(await layoutFaults(open.page)).toEqual([]);
  };
  const proves = async (card: SimulatedType4, pin: string): Promise<string> =>
    (await (await openMedium(presentedCard(card), { canWrite: true })).verifyPin?.(pin))?.result ?? 'none';

  it('is chosen by its holder, typed twice, and never to be seen', async () => {
    const card = await pinCard();
    await desk.lay(card);
    await screenIs('offer');
    await isSound('offer-ar');
    await tap('card-pin');
    await screenIs('card-pin');
    await isSound('first-ar');
    await type(FIRST, 'pin-next');
    await isSound('again-ar');
    await type(NEXT, 'pin-save');
    await open.page.waitForSelector('[data-differ]');
    await isSound('differ-ar');
    await type('1234', 'pin-next');
    await type('1234', 'pin-save');
    await open.page.waitForSelector('.take-back-hint[data-shown="true"]:not([data-differ])');
    await open.page.waitForTimeout(HOLD_OFF_MS);
    await isSound('weak-ar');
    await type(FIRST, 'pin-next');
    await type(FIRST, 'pin-save');
    await screenIs('card-pin-done');
    await isSound('done-ar');
    expect(await open.page.content()).not.toContain(FIRST);
    await tap('dismiss');
    await screenIs('offer');
    expect(await proves(card, FIRST)).toBe('right');
    expect((await desk.told()).map(({ stage }) => stage)).toEqual(['begun', 'done']);
  });

  it('is changed with the old one; a wrong one says what is left', async () => {
    const card = await pinCard();
    await (await openMedium(presentedCard(card), { canWrite: true })).holderPin?.set(FIRST);
    await again('en');
    await desk.ask(card);
    await screenIs('card-pin');
    await isSound('old-en');
    await type('9090', 'pin-next');
    await type(NEXT, 'pin-next');
    await type(NEXT, 'pin-save');
    await open.page.waitForSelector('.books-hint');
    await open.page.waitForTimeout(HOLD_OFF_MS);
    expect(await open.page.innerText('.books-hint')).toContain('2');
    await isSound('wrong-en');
    await type(FIRST, 'pin-next');
    await type(NEXT, 'pin-next');
    await type(NEXT, 'pin-save');
    await screenIs('card-pin-done');
    await isSound('done-en');
    expect(await proves(card, NEXT)).toBe('right');
  });

  it('that was forgotten is unblocked by a supervisor’s PIN, and then by the holder', async () => {
    const card = await pinCard();
    const { holderPin } = await openMedium(presentedCard(card), { canWrite: true });
    await holderPin?.set(FIRST);
    for (let tries = 0; tries < 3; tries += 1) await proves(card, '9090');
    await desk.ask(card);
    await screenIs('card-pin');
    await isSound('blocked-ar');
    await type('111111', 'pin-allow');
    await open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    await open.page.waitForTimeout(HOLD_OFF_MS);
    await type(SUPERVISOR, 'pin-allow');
    await open.page.waitForSelector('[data-key="pin-next"]');
    await open.page.waitForTimeout(HOLD_OFF_MS);
    await isSound('allowed-ar');
    await type(NEXT, 'pin-next');
    await type(NEXT, 'pin-save');
    await screenIs('card-pin-done');
    expect(await proves(card, NEXT)).toBe('right');
    expect(await desk.told()).toMatchObject([
      { action: 'unblocked', supervisor: 2, stage: 'begun' },
      { action: 'unblocked', supervisor: 2, stage: 'done' },
    ]);
  });

  it('that is blocked says where to go where it cannot be unblocked', async () => {
    desk = await pinDesk({ unblocks: false });
    await again('en');
    const card = await pinCard();
    await (await openMedium(presentedCard(card), { canWrite: true })).holderPin?.set(FIRST);
    await desk.ask(card);
    await screenIs('card-pin');
    await tap('forgotten');
    await open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    await isSound('elsewhere-en');
    await tap('cancel');
    await screenIs('offer');
    for (let tries = 0; tries < 3; tries += 1) await proves(card, '9090');
    await desk.ask(card);
    await screenIs('refused');
    await isSound('refused-en');
    expect(await open.page.innerText('.reason-text')).toContain('cannot be unblocked here');
    await tap('dismiss');
    await screenIs('offer');
  });

  it('fits the screen in every language', async () => {
    const card = await pinCard();
    await (await openMedium(presentedCard(card), { canWrite: true })).holderPin?.set(FIRST);
    for (const language of LANGUAGES) {
      await again(language);
      await desk.ask(card);
      await screenIs('card-pin');
      await isSound(`old-${language}`);
      await tap('forgotten');
      await open.page.waitForSelector('[data-key="pin-allow"]');
      await isSound(`forgotten-${language}`);
      desk.tap.removed();
      await screenIs('idle');
    }
  });
});
