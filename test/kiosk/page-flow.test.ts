import { describe, expect, it } from 'vitest';
import { WaslError } from '../../agent/domain/errors.js';
import { hasChromium } from './browser.js';
import { layoutFaults } from './layout-probe.js';
import { pageBench } from './page-bench.js';
import { BREAD, granted, handover, ITEMS, offer, PROGRAMMES, refused, unresolved } from './samples.js';
import { soon } from './soon.js';

describe.skipIf(!hasChromium())('the page, worked by a clerk:', () => {
  const bench = pageBench();

  describe('a tap', () => {
    it('is served by touch from the card to the hand-over', async () => {
      bench.kiosk.backend.onCommand((command) => {
        if (command.type === 'handover') bench.kiosk.backend.show({ name: 'idle', pending: [] });
        if (command.type !== 'confirm') return;
        bench.kiosk.backend.show({ name: 'writing', tapId: 't1' });
        bench.kiosk.backend.show(granted('t1', [{ ...BREAD, available: 12 }]));
      });
      await bench.show({ name: 'reading' });
      await bench.show(offer('t1', [BREAD]));
      expect(await bench.quantity()).toBe('٢٠');
      await bench.tap('less');
      expect(await bench.quantity()).toBe('١٩');
      await bench.tap('half');
      expect(await bench.quantity()).toBe('١٠');
      await bench.tap('more');
      await bench.tap('more');
      expect(await bench.quantity()).toBe('١٢');
      expect(await bench.open.page.innerText('[data-key="confirm"]')).toContain('١٢ رغيفًا');
      await bench.tap('confirm');
      await bench.screenIs('granted');
      expect(await bench.open.page.innerText('.goods-quantity')).toBe('١٢');
      expect(await bench.open.page.innerText('[role="status"][aria-live="assertive"]')).toMatch(
        /سلّم الآن.*١٢ رغيفًا خبز بلدي/,
      );
      await bench.holdOff();
      await bench.tap('handover');
      await bench.screenIs('idle');
      expect(bench.kiosk.backend.commands).toEqual([
        { type: 'confirm', tapId: 't1', quantities: { bread: 12 } },
        { type: 'handover', tapId: 't1' },
      ]);
      expect(bench.open.mistakes).toEqual([]);
    });

    it('is of the programme whose key is pressed, and the others wait while goods are to be handed over', async () => {
      const choose = (selected: string): void =>
        bench.kiosk.backend.set({ programmes: { served: PROGRAMMES.slice(0, 3), selected } });
      bench.kiosk.backend.onCommand((command) => {
        if (command.type === 'select') choose(command.programme);
      });
      expect(await bench.open.page.locator('.programmes').count()).toBe(0);
      choose('bread');
      await bench.show(offer('t1', [BREAD]));
      await bench.open.page.waitForSelector('[data-key="programme-bread"][aria-pressed="true"]');
      expect(await bench.open.page.innerText('[data-key="programme-medicines"]')).toBe('الأدوية');
      // In Arabic the first one stands on the right.
      const lefts = await Promise.all(
        ['bread', 'medicines'].map((id) => bench.open.page.locator(`[data-key="programme-${id}"]`).boundingBox()),
      );
      expect(lefts[0]?.x ?? 0).toBeGreaterThan(lefts[1]?.x ?? 0);
      await bench.tap('programme-medicines');
      await bench.open.page.waitForSelector('[data-key="programme-medicines"][aria-pressed="true"]');
      await bench.tap('programme-medicines');
      expect(bench.kiosk.backend.commands).toEqual([{ type: 'select', programme: 'medicines' }]);
      await bench.show(granted('t1', [BREAD]));
      expect(await bench.open.page.isDisabled('[data-key="programme-bread"]')).toBe(true);
    });

    it('can be cancelled', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.tap('cancel');
      await soon(() => bench.kiosk.backend.commands).toEqual([{ type: 'cancel', tapId: 't1' }]);
    });

    it('lets each of several commodities be chosen, and asks only for those taken', async () => {
      await bench.show(offer('t1', ITEMS.slice(0, 3)));
      await bench.tap('item-sugar');
      await bench.tap('none');
      await bench.tap('item-oil');
      await bench.tap('less');
      expect(await bench.open.page.innerText('[data-key="item-oil"]')).toContain('٢');
      await bench.tap('confirm');
      await soon(() => bench.kiosk.backend.commands).toEqual([
        { type: 'confirm', tapId: 't1', quantities: { bread: 20, oil: 2 } },
      ]);
    });

    it('is not confirmed with nothing, nor with more than there is', async () => {
      await bench.show(offer('t1', [{ ...BREAD, available: 2 }]));
      expect(await bench.open.page.isDisabled('[data-key="more"]')).toBe(true);
      await bench.tap('none');
      expect(await bench.open.page.isDisabled('[data-key="confirm"]')).toBe(true);
      expect(await bench.open.page.isDisabled('[data-key="less"]')).toBe(true);
      await bench.open.page.keyboard.press('Enter');
      await bench.tap('all');
      await bench.tap('confirm');
      await soon(() => bench.kiosk.backend.commands).toEqual([
        { type: 'confirm', tapId: 't1', quantities: { bread: 2 } },
      ]);
    });

    it('keeps what was chosen when the bar changes, and takes less when less is available', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.tap('half');
      bench.kiosk.backend.set({ bar: { ...bench.kiosk.backend.state().bar, connection: 'online', backlog: 0 } });
      await bench.open.page.waitForSelector('[data-connection="online"]');
      expect(await bench.quantity()).toBe('١٠');
      bench.kiosk.backend.show(offer('t1', [{ ...BREAD, available: 4 }]));
      await soon(bench.quantity).toBe('٤');
    });

    it('begins anew for the next holder', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.tap('none');
      await bench.show(offer('t2', [BREAD]));
      expect(await bench.quantity()).toBe('٢٠');
    });

    it('steps on while a key is held', async () => {
      await bench.show(offer('t1', [{ ...BREAD, available: 900 }]));
      await bench.tap('none');
      await bench.open.page.hover('[data-key="more"]');
      await bench.open.page.mouse.down();
      await soon(async () => arabicNumber(await bench.quantity())).toBeGreaterThan(5);
      await bench.open.page.mouse.up();
      const held = arabicNumber(await bench.quantity());
      await bench.open.page.mouse.down();
      await bench.open.page.mouse.up();
      expect(arabicNumber(await bench.quantity())).toBe(held + 1);
    });

    it('is dismissed when refused or unresolved', async () => {
      await bench.show(refused('r1'));
      await bench.tap('dismiss');
      await bench.show(unresolved('u1'));
      await bench.tap('dismiss');
      await soon(() => bench.kiosk.backend.commands).toEqual([
        { type: 'dismiss', tapId: 'r1' },
        { type: 'dismiss', tapId: 'u1' },
      ]);
    });

    it('that was never handed over is confirmed from the idle screen', async () => {
      await bench.show({ name: 'idle', pending: [handover('p1', [BREAD]), handover('p2', ITEMS)] });
      await bench.tap('handover-p2');
      await soon(() => bench.kiosk.backend.commands).toEqual([{ type: 'handover', tapId: 'p2' }]);
    });
  });

  describe('a hasty hand', () => {
    it('that taps twice does not confirm what comes up under it', async () => {
      bench.kiosk.backend.onCommand((command) => {
        if (command.type === 'confirm') bench.kiosk.backend.show(granted('t1', [BREAD]));
      });
      await bench.show(offer('t1', [BREAD]));
      // The second tap, as fast as a tap can be: the moment that the other key is there.
      const secondTap = bench.open.page.evaluate(`new Promise((done) => {
        new MutationObserver((_changes, observer) => {
          const key = document.querySelector('[data-key="handover"]');
          if (key === null) return;
          observer.disconnect();
          key.click();
          done(null);
        }).observe(document.body, { childList: true, subtree: true });
      })`);
      await bench.tap('confirm');
      await secondTap;
      await bench.holdOff();
      await bench.tap('handover');
      await soon(() => bench.kiosk.backend.commands.map(({ type }) => type)).toEqual(['confirm', 'handover']);
    });

    it('is told when things had moved on, and that nothing was done', async () => {
      await bench.show(offer('t1', [BREAD]));
      bench.kiosk.backend.onCommand(() => {
        throw new WaslError('ERR_TAP_STATE');
      });
      await bench.tap('confirm');
      await bench.open.page.waitForSelector('.toast');
      expect(await bench.open.page.innerText('.toast')).toContain('لم يُنفَّذ شيء');
      expect(await bench.open.page.innerText('.toast .id')).toBe('ERR_TAP_STATE');
      expect(await layoutFaults(bench.open.page)).toEqual([]);
      bench.kiosk.backend.onCommand(() => {});
      await bench.tap('cancel');
      await soon(() => bench.kiosk.backend.commands.at(-1)).toEqual({ type: 'cancel', tapId: 't1' });
    });

    it('is told when the quantity is not possible', async () => {
      await bench.show(offer('t1', [BREAD]));
      bench.kiosk.backend.onCommand(() => {
        throw new WaslError('ERR_QUANTITY');
      });
      await bench.tap('confirm');
      expect(await bench.open.page.innerText('.toast')).toContain('هذه الكمية غير ممكنة');
    });

    it('finds the keys dead while its first request is under way', async () => {
      await bench.show(offer('t1', [BREAD]));
      let finish = (): void => {};
      bench.kiosk.backend.onCommand(
        () =>
          new Promise((resolve) => {
            finish = resolve;
          }),
      );
      await bench.tap('confirm');
      await soon(() => bench.open.page.isDisabled('[data-key="cancel"]')).toBe(true);
      finish();
      await soon(() => bench.open.page.isDisabled('[data-key="cancel"]')).toBe(false);
      expect(bench.kiosk.backend.commands).toHaveLength(1);
    });
  });

  describe('the keyboard', () => {
    it('does all that touch does', async () => {
      const { keyboard } = bench.open.page;
      await bench.show(offer('t1', ITEMS.slice(0, 2)));
      for (const key of ['-', '-', '+', 'ArrowDown', '-']) await keyboard.press(key);
      await keyboard.press('Enter');
      await soon(() => bench.kiosk.backend.commands.at(-1)).toEqual({
        type: 'confirm',
        tapId: 't1',
        quantities: { bread: 19, sugar: 3 },
      });
      await bench.show(offer('t2', [BREAD]));
      await keyboard.press('Escape');
      await soon(() => bench.kiosk.backend.commands.at(-1)).toEqual({ type: 'cancel', tapId: 't2' });
      await bench.show(granted('t3', [BREAD]));
      await keyboard.press('Enter');
      await soon(() => bench.kiosk.backend.commands.at(-1)).toEqual({ type: 'handover', tapId: 't3' });
      await bench.show(refused('t4'));
      await keyboard.press('Enter');
      await soon(() => bench.kiosk.backend.commands.at(-1)).toEqual({ type: 'dismiss', tapId: 't4' });
    });

    it('presses the key that has the focus, which it shows', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.open.page.focus('[data-key="cancel"]');
      await bench.open.page.keyboard.press('Shift+Tab');
      await bench.open.page.keyboard.press('Tab');
      const outline = await bench.open.page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
      expect(outline).toBe('solid');
      await bench.open.page.keyboard.press('Enter');
      await soon(() => bench.kiosk.backend.commands).toEqual([{ type: 'cancel', tapId: 't1' }]);
    });

    it('takes nothing for the screen while the choice of language lies over it', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.tap('language');
      await bench.open.page.keyboard.press('Enter');
      await bench.open.page.keyboard.press('Escape');
      await bench.open.page.waitForSelector('[data-overlay]', { state: 'detached' });
      await bench.open.page.keyboard.press('Escape');
      await soon(() => bench.kiosk.backend.commands).toEqual([{ type: 'cancel', tapId: 't1' }]);
    });
  });

  describe('the language', () => {
    it('is Arabic at first, is changed by touch and kept over a reload', async () => {
      expect(await bench.open.page.getAttribute('html', 'lang')).toBe('ar');
      await bench.tap('language');
      await bench.tap('language-fr');
      await bench.open.page.waitForSelector('html[lang="fr"][dir="ltr"]');
      expect(await bench.open.page.innerText('.title')).toBe('Présentez la carte');
      await bench.open.page.reload();
      await bench.open.page.waitForSelector('html[lang="fr"][data-screen="idle"]');
      expect(await bench.open.page.evaluate('JSON.stringify(localStorage)')).toBe('{"wasl-language":"fr"}');
    });

    it('changes in the middle of an offer without losing what was chosen', async () => {
      await bench.show(offer('t1', [BREAD]));
      await bench.tap('half');
      await bench.tap('language');
      await bench.tap('language-en');
      await bench.open.page.waitForSelector('html[lang="en"]');
      expect(await bench.quantity()).toBe('10');
    });
  });
});

/** The number that Arabic-Indic digits stand for. */
function arabicNumber(text: string): number {
  return Number(
    [...text]
      .map((digit) => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit))
      .filter((digit) => digit >= 0)
      .join(''),
  );
}
