import { describe, expect, it } from 'vitest';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import { hasChromium } from './browser.js';
import { pageBench } from './page-bench.js';
import { BREAD, granted, handover, takenBack, voided } from './samples.js';
import { soon } from './soon.js';

const CREW = [
  { number: 9, name: 'سامية عبد الحميد' },
  { number: 12, name: 'Adel' },
];
const WRONG_PIN = { code: 'ERR_PIN', text: reasonText('ERR_PIN') } as const;

describe.skipIf(!hasChromium())('the page, worked by a clerk and a supervisor:', () => {
  const bench = pageBench();

  describe('a service that cannot be handed over', () => {
    it('is taken back by touch: asked for, allowed with a PIN, the card again', async () => {
      const { backend } = bench.kiosk;
      backend.onCommand((command) => {
        if (command.type === 'take-back') backend.show(takenBack('authorise', 't1', { supervisors: CREW }));
        if (command.type === 'authorise' && command.pin !== '271828')
          backend.show(takenBack('authorise', 't1', { supervisors: CREW, hint: WRONG_PIN }));
        if (command.type === 'authorise' && command.pin === '271828') backend.show(takenBack('return', 't1'));
      });
      await bench.show(granted('t1', [BREAD]));
      await bench.tap('take-back');
      await bench.screenIs('authorise');
      await bench.holdOff();
      expect(await bench.open.page.isDisabled('[data-key="allow"]')).toBe(true);
      await bench.tap('supervisor');
      for (const digit of '3141592') await bench.tap(`digit-${digit}`);
      await bench.tap('erase');
      await bench.tap('allow');
      await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
      expect(await bench.open.page.innerText('.take-back-hint')).toContain('الرقم السري غير صحيح');
      for (const digit of '271828') await bench.tap(`digit-${digit}`);
      await bench.tap('allow');
      await bench.screenIs('return');
      backend.show(voided('v1', [BREAD]));
      await bench.screenIs('voided');
      expect(await bench.open.page.innerText('[role="status"][aria-live="assertive"]')).toMatch(/٢٠ رغيفًا خبز بلدي/);
      await bench.holdOff();
      await bench.tap('dismiss');
      await soon(() => backend.commands).toEqual([
        { type: 'take-back', tapId: 't1' },
        { type: 'authorise', tapId: 't1', supervisor: 12, pin: '314159' },
        { type: 'authorise', tapId: 't1', supervisor: 12, pin: '271828' },
        { type: 'dismiss', tapId: 'v1' },
      ]);
    });

    it('is typed on a keyboard, also with Arabic digits, and the PIN is nowhere on the screen', async () => {
      const { keyboard } = bench.open.page;
      await bench.show(takenBack('authorise', 't1'));
      for (const key of ['2', '7', '1']) await keyboard.press(key);
      // No keyboard of the test's own has these keys.
      for (const key of ['٨', '٢'])
        await bench.open.page.evaluate(`dispatchEvent(new KeyboardEvent('keydown', { key: '${key}' }))`);
      for (const key of ['8', '9', 'Backspace']) await keyboard.press(key);
      expect(await bench.open.page.innerText('.pin')).toBe('●●●●●●');
      await keyboard.press('Enter');
      await soon(() => bench.kiosk.backend.commands).toEqual([
        { type: 'authorise', tapId: 't1', supervisor: 9, pin: '271828' },
      ]);
      expect(await bench.open.page.innerText('.pin')).toBe('الرقم السري للمشرف');
    });

    it('is left as it was from either screen, and asked back from the idle screen', async () => {
      await bench.show({ name: 'idle', pending: [{ ...handover('p1', [BREAD]), takeBack: 'offered' }] });
      await bench.tap('take-back-p1');
      await bench.show(takenBack('authorise', 'p1'));
      await bench.tap('cancel');
      await bench.show(takenBack('return', 'p1'));
      await bench.open.page.keyboard.press('Escape');
      await soon(() => bench.kiosk.backend.commands).toEqual([
        { type: 'take-back', tapId: 'p1' },
        { type: 'cancel', tapId: 'p1' },
        { type: 'cancel', tapId: 'p1' },
      ]);
    });

    it('has no key where it is not possible, and neither key where it was begun', async () => {
      const begun = { ...handover('p1', [BREAD]), takeBack: 'begun' as const };
      await bench.show({ name: 'idle', pending: [begun, handover('p2', [BREAD])] });
      const keys = await bench.open.page.evaluate<(string | undefined)[]>(
        `[...document.querySelectorAll('.pending [data-key]')].map((key) => key.dataset.key)`,
      );
      expect(keys).toEqual(['handover-p2']);
    });
  });
});
