import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../agent/domain/error-codes.js';
import { LANGUAGES, type Language } from '../../agent/domain/texts.js';
import { ANOTHER_CARD, reasonText } from '../../agent/kiosk/reason-texts.js';
import type { HintView, ItemView, Screen, StatusBar, SupervisorView } from '../../agent/kiosk/state.js';
import { BOOKS_CASES } from './books-cases.js';
import { hasChromium, launchBrowser, type OpenPage, openPage } from './browser.js';
import { healthOffer, PAPERS, PERIODIC, REFERRAL, VISIT } from './health-samples.js';
import { layoutFaults } from './layout-probe.js';
import { HEALTH_CASES, PAYING_CASES, REPRESENTED_CASES, SEARCH_CASES } from './offer-cases.js';
import { buildPage, type RunningKiosk, runKiosk } from './running.js';
import {
  BREAD,
  FOUND,
  foreign,
  granted,
  handover,
  IDENTITY,
  ITEMS,
  LISTED_HOLDER,
  LONG_HOLDER,
  LONG_IDENTITY,
  offer,
  PROGRAMMES,
  refused,
  SAMPLE_NOW_MS,
  search,
  takenBack,
  unresolved,
  voided,
} from './samples.js';

const LOST_READER = { name: 'serial:/dev/serial/by-id/usb-ELATEC_TWN4_0123', ready: false, message: 'ENOENT' };
const GOOD_READER = { name: 'pcsc:ACS ACR1252 Dual Reader 00 00', ready: true, message: null };

interface Case {
  readonly name: string;
  readonly screen: Screen;
  readonly bar?: Partial<StatusBar>;
  /** How many programmes the desk serves; 1 without. */
  readonly programmes?: number;
}

const IDLE: Screen = { name: 'idle', pending: [] };
const BACKLOG_SINCE_MS = SAMPLE_NOW_MS - 43 * 86_400_000;
const CROWD = Array.from({ length: 60 }, (_, at) => handover(`p${at}`, ITEMS.slice(0, 1 + (at % 6))));
const FAR_AWAY = {
  site: 'مكتب تموين حي الضواحي الثاني بمحافظة بورسعيد',
  terminal: 'port-said-dawahy-second-office-0014',
};
const MONTH: ItemView = { ...BREAD, available: 900, quotaDay: 0, quotaMonth: 900, usedMonth: 0 };
const NOTHING: ItemView = { ...BREAD, available: 0, usedDay: 20 };

const SEARCHABLE: Extract<Screen, { name: 'idle' }> = { name: 'idle', pending: [], canSearch: true };
const CREW: readonly SupervisorView[] = [
  { number: 9, name: 'سامية عبد الحميد' },
  { number: 12, name: 'Mohamed Abdelrahman Elsayed Mostafa Elsharqawy' },
  { number: 31, name: 'Adel' },
  { number: 44, name: 'منى' },
];
function hint(code: ErrorCode): HintView {
  return { code, text: reasonText(code) };
}

/** Every screen, as it is on a good day and on the worst one. */
const CASES: readonly Case[] = [
  { name: 'starting', screen: { name: 'starting' } },
  { name: 'idle', screen: IDLE },
  { name: 'idle, online', screen: IDLE, bar: { connection: 'online', backlog: 0, servedToday: 0 } },
  { name: 'idle, online and behind', screen: IDLE, bar: { connection: 'online', backlog: 12, servedToday: 1 } },
  { name: 'idle, never connected', screen: IDLE, bar: { connection: 'connecting', backlog: 1, lastContactMs: null } },
  {
    name: 'idle, offline for weeks',
    screen: IDLE,
    bar: { backlog: 148_213, servedToday: 1_204, lastContactMs: BACKLOG_SINCE_MS },
  },
  { name: 'idle, long names of the place', screen: IDLE, bar: FAR_AWAY },
  { name: 'idle, one reader of two missing', screen: IDLE, bar: { readers: [GOOD_READER, LOST_READER] } },
  { name: 'idle, no reader', screen: IDLE, bar: { readers: [LOST_READER] } },
  { name: 'idle, one hand-over pending', screen: { name: 'idle', pending: [handover('p1', [BREAD])] } },
  {
    name: 'idle, everything pending',
    screen: { name: 'idle', pending: CROWD },
    bar: { readers: [LOST_READER, LOST_READER, GOOD_READER] },
  },
  { name: 'idle, persons without cards', screen: SEARCHABLE },
  {
    name: 'idle, persons without cards, hand-overs pending, a reader missing',
    screen: { ...SEARCHABLE, pending: [{ ...handover('p1', [BREAD]), isListed: true }, handover('p2', ITEMS)] },
    bar: { readers: [LOST_READER, GOOD_READER] },
  },
  { name: 'offer, the card expires', screen: { ...offer('o8', ITEMS, LONG_HOLDER), expiresInDays: 59 } },
  { name: 'offer, the card expires today', screen: { ...offer('o9', [BREAD]), expiresInDays: 0 } },
  { name: 'granted, the card expires', screen: { ...granted('g8', ITEMS, LONG_HOLDER), expiresInDays: 29 } },
  { name: 'offer without a card', screen: offer('o7', [BREAD], LISTED_HOLDER) },
  { name: 'granted without a card', screen: granted('g7', [BREAD], LISTED_HOLDER) },
  { name: 'reading', screen: { name: 'reading' } },
  { name: 'offer of one', screen: offer('o1', [BREAD]) },
  { name: 'offer of one, card renewed', screen: { ...offer('o9', [BREAD]), isRenewed: true } },
  { name: 'offer of six, card renewed, long name', screen: { ...offer('oa', ITEMS, LONG_HOLDER), isRenewed: true } },
  { name: 'offer of one, long name', screen: offer('o2', [BREAD], LONG_HOLDER) },
  { name: 'offer of one, a month at once', screen: offer('o3', [MONTH]) },
  { name: 'offer of two', screen: offer('o4', ITEMS.slice(0, 2)) },
  { name: 'offer of three, long name', screen: offer('o5', ITEMS.slice(0, 3), LONG_HOLDER) },
  { name: 'offer of six', screen: offer('o6', ITEMS) },
  { name: 'offer of six, long name', screen: offer('o7', ITEMS, LONG_HOLDER) },
  { name: 'offer of nothing', screen: offer('o8', [NOTHING]) },
  ...HEALTH_CASES,
  ...REPRESENTED_CASES,
  ...SEARCH_CASES,
  ...PAYING_CASES,
  ...BOOKS_CASES,
  { name: 'writing', screen: { name: 'writing', tapId: 'w1' } },
  { name: 'granted one', screen: granted('g1', [BREAD]) },
  { name: 'granted one, long name', screen: granted('g2', [{ ...BREAD, available: 1_200 }], LONG_HOLDER) },
  { name: 'granted two', screen: granted('g3', ITEMS.slice(0, 2)) },
  { name: 'granted three', screen: granted('g4', ITEMS.slice(0, 3)) },
  { name: 'granted six, long name', screen: granted('g5', ITEMS, LONG_HOLDER) },
  { name: 'refused', screen: refused('r1') },
  { name: 'refused, long name', screen: refused('r2', LONG_HOLDER) },
  { name: 'refused, nobody known', screen: refused('r3', null) },
  { name: 'a code of another issuer', screen: foreign('f1') },
  { name: 'a code of another issuer, long names', screen: foreign('f2', LONG_IDENTITY) },
  { name: 'a code of another issuer, an id alone', screen: foreign('f3', { ...IDENTITY, names: [] }) },
  { name: 'unresolved', screen: unresolved('u1') },
  {
    name: 'idle, hand-overs that may be taken back, and one that is',
    screen: {
      name: 'idle',
      pending: [
        { ...handover('p1', [BREAD]), takeBack: 'offered' },
        { ...handover('p2', ITEMS), takeBack: 'begun' },
        { ...handover('p3', ITEMS), takeBack: 'offered' },
      ],
    },
  },
  { name: 'authorise', screen: takenBack('authorise', 'a1') },
  {
    name: 'authorise, the wrong PIN',
    screen: takenBack('authorise', 'a2', { items: ITEMS, hint: hint('ERR_PIN'), supervisors: CREW.slice(0, 2) }),
  },
  {
    name: 'authorise, locked out, many supervisors',
    screen: takenBack('authorise', 'a3', { items: ITEMS, hint: hint('ERR_PIN_LOCKED'), supervisors: CREW }),
  },
  { name: 'return', screen: takenBack('return', 'b1') },
  {
    name: 'return, another card, many goods',
    screen: takenBack('return', 'b2', { items: ITEMS, hint: { code: 'ERR_CARD_CHANGED', text: ANOTHER_CARD } }),
  },
  { name: 'idle, two programmes', screen: IDLE, programmes: 2 },
  {
    name: 'idle, four programmes, a hand-over',
    screen: { name: 'idle', pending: [handover('q1', ITEMS)] },
    programmes: 4,
  },
  {
    name: 'idle, four programmes, a reader missing',
    screen: IDLE,
    bar: { readers: [GOOD_READER, LOST_READER] },
    programmes: 4,
  },
  { name: 'offer of six, four programmes, long name', screen: offer('q2', ITEMS, LONG_HOLDER), programmes: 4 },
  { name: 'granted one, three programmes', screen: granted('q3', [BREAD]), programmes: 3 },
  { name: 'refused, four programmes', screen: refused('q4', LONG_HOLDER), programmes: 4 },
  { name: 'unresolved, three programmes', screen: unresolved('q5'), programmes: 3 },
  { name: 'voided one, four programmes', screen: voided('q6', [BREAD]), programmes: 4 },
  { name: 'writing, three programmes', screen: { name: 'writing', tapId: 'q7' }, programmes: 3 },
  { name: 'voided one', screen: voided('v1', [BREAD]) },
  { name: 'voided six, long name', screen: voided('v2', ITEMS, LONG_HOLDER) },
];

describe.skipIf(!hasChromium())('each screen at 800 × 480', () => {
  let web: Awaited<ReturnType<typeof buildPage>>;
  let kiosk: RunningKiosk;
  let browser: Browser;
  let open: Record<Language, OpenPage>;

  beforeAll(async () => {
    web = await buildPage();
    kiosk = await runKiosk(web.webRoot);
    browser = await launchBrowser();
    const pages = await Promise.all(LANGUAGES.map((language) => openPage(browser, kiosk.url, language)));
    const [ar, fr, en] = pages;
    if (ar === undefined || fr === undefined || en === undefined) throw new Error('a page did not open');
    open = { ar, fr, en };
  });
  afterAll(async () => {
    for (const language of LANGUAGES) expect(open[language].mistakes, language).toEqual([]);
    await browser.close();
    await kiosk.close();
    await web.remove();
  });

  /** Shows a screen on all three pages and waits until each has it. */
  async function show(screen: Screen, bar?: Partial<StatusBar>, programmes = 1): Promise<void> {
    // By way of another screen, so that the wait is for this one and not for its like before it.
    kiosk.backend.show({ name: 'reading' });
    await waitFor('reading');
    kiosk.backend.set({ programmes: { served: PROGRAMMES.slice(0, programmes), selected: PROGRAMMES[0].id } });
    kiosk.backend.show(screen, bar);
    await waitFor(screen.name);
  }
  async function waitFor(name: string): Promise<void> {
    await Promise.all(LANGUAGES.map((language) => open[language].page.waitForSelector(`html[data-screen="${name}"]`)));
  }

  it.each(CASES)(
    'is whole, legible and large enough to touch in every language: $name',
    async ({ screen, bar, programmes }) => {
      await show(screen, bar, programmes);
      for (const language of LANGUAGES) {
        const { page } = open[language];
        expect([language, await layoutFaults(page)]).toEqual([language, []]);
        expect(await page.getAttribute('html', 'lang')).toBe(language);
        expect(await page.getAttribute('html', 'dir')).toBe(language === 'ar' ? 'rtl' : 'ltr');
      }
    },
  );

  it('has room for every reason that the terminal can give', async () => {
    const texts = new Map(
      Object.keys(ERROR_CODES).map((code) => [JSON.stringify(reasonText(code as ErrorCode)), code]),
    );
    expect(texts.size).toBeGreaterThan(10);
    for (const code of texts.values()) {
      const text = reasonText(code as ErrorCode);
      kiosk.backend.show({ name: 'refused', tapId: code, code: code as ErrorCode, text, holder: LONG_HOLDER });
      for (const language of LANGUAGES) {
        const { page } = open[language];
        await page.waitForSelector(`.receipt >> text=${code}`);
        expect([code, language, await layoutFaults(page)]).toEqual([code, language, []]);
      }
    }
  });

  it('lies whole under what may cover it, and these are as legible', async () => {
    await show(offer('o1', [BREAD], LONG_HOLDER));
    for (const language of LANGUAGES) {
      const { page } = open[language];
      await page.click('[data-key="language"]');
      await page.waitForSelector('[data-overlay="language"]');
      expect([language, await layoutFaults(page)]).toEqual([language, []]);
      await page.click('[data-key="language-close"]');
      await page.waitForSelector('[data-overlay]', { state: 'detached' });
    }
  });

  it('grows with a larger panel', async () => {
    await show(offer('o1', ITEMS, LONG_HOLDER));
    const { page } = open.ar;
    for (const size of [
      { width: 1024, height: 600 },
      { width: 1280, height: 800 },
      { width: 1920, height: 1080 },
    ]) {
      await page.setViewportSize(size);
      expect([size.width, await layoutFaults(page)]).toEqual([size.width, []]);
    }
    await page.setViewportSize({ width: 800, height: 480 });
  });

  it('writes Arabic with Arabic-Indic digits, but ids and codes as they are printed', async () => {
    await show(granted('g1', [BREAD]));
    const text = await open.ar.page.innerText('.page');
    expect(text).toContain('٢٠');
    const ids = await open.ar.page.locator('.page .id').allInnerTexts();
    expect(ids).toEqual(['psd-014', '2231', 'psd-014:2026q4-7kq2mzx3:1287']);
    const withoutIds = ids.reduce((rest, id) => rest.replace(id, ''), text);
    expect(withoutIds).not.toMatch(/[0-9]/);
  });

  it('isolates every name, id and code from the direction of the words around it', async () => {
    for (const screen of [offer('o1', [BREAD]), granted('g1', ITEMS), refused('r1')]) {
      await show(screen);
      for (const { page } of [open.ar, open.en]) {
        const loose = await page.evaluate<string[]>(`(() => {
          const texts = ['فاطمة حسن', 'Fatma Hassan', '2231', 'psd-014', 'ERR_QUOTA_DAY', 'مخبز النور'];
          const walker = document.createTreeWalker(document.querySelector('.page'), NodeFilter.SHOW_TEXT);
          const loose = [];
          for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
            if (node.parentElement.closest('bdi, [dir="auto"]') || node.parentElement.closest('.unseen')) continue;
            if (texts.some((text) => node.textContent.includes(text))) loose.push(node.textContent);
          }
          return loose;
        })()`);
        expect(loose).toEqual([]);
      }
    }
  });

  it.skipIf(!process.env.WASL_SCREENSHOTS)('is drawn for the documents', async () => {
    const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
    await mkdir(folder, { recursive: true });
    const shots: readonly (readonly [string, Screen])[] = [
      ['idle', { name: 'idle', pending: [] }],
      ['offer', offer('s1', [BREAD])],
      ['granted', granted('s2', [BREAD])],
      ['refused', refused('s3')],
      ...REPRESENTED_CASES.map(({ name, screen }) => [name.replaceAll(/[ ,]+/g, '-'), screen] as const),
      ['search', search('s8', 'سلمي بدران', FOUND)],
      ['authorise', takenBack('authorise', 's4')],
      ['return', takenBack('return', 's5')],
      ['voided', voided('s6', [BREAD])],
      ['referral', healthOffer('s7', [REFERRAL, PERIODIC, VISIT], { papers: PAPERS })],
    ];
    for (const [name, screen] of shots) {
      await show(screen);
      await layoutFaults(open.ar.page);
      await open.ar.page.screenshot({ path: `${folder}kiosk-ar-${name}.png` });
    }
  });
});
