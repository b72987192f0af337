import { describe, expect, it } from 'vitest';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type { Screen } from '../../agent/kiosk/state.js';
import { hasChromium } from './browser.js';
import { pageBench } from './page-bench.js';
import { soon } from './soon.js';

const OPERATORS = [
  { number: 3, name: 'منى بدران', role: 'nurse' },
  { number: 4, name: 'Tarek Morsi', role: 'clerk' },
];
const asked: Screen = { name: 'log-in', operators: OPERATORS, hint: null };
const wrong: Screen = { ...asked, hint: { code: 'ERR_PIN', text: reasonText('ERR_PIN') } };

describe.skipIf(!hasChromium())('the page of a desk with a log-in:', () => {
  const bench = pageBench();

  it('whoever serves chooses their name, types their PIN, is told of a wrong one, and goes again', async () => {
    const { backend } = bench.kiosk;
    backend.onCommand((command) => {
      if (command.type === 'log-in' && command.pin !== '271828') backend.show(wrong);
      if (command.type === 'log-in' && command.pin === '271828')
        backend.show({ name: 'idle', pending: [], operator: 'Tarek Morsi' });
      if (command.type === 'log-out') backend.show(asked);
    });
    await bench.show(asked);
    expect(await bench.open.page.innerText('h1')).toBe('سجّل الدخول لتبدأ');
    expect(await bench.open.page.isDisabled('[data-key="log-in"]')).toBe(true);
    await bench.tap('operator');
    for (const digit of '314159') await bench.tap(`digit-${digit}`);
    await bench.tap('log-in');
    await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    for (const digit of '271828') await bench.tap(`digit-${digit}`);
    await bench.tap('log-in');
    await bench.screenIs('idle');
    await bench.holdOff();
    expect(await bench.open.page.innerText('[data-key="log-out"]')).toContain('Tarek Morsi');
    await bench.tap('log-out');
    await bench.screenIs('log-in');
    await soon(() => backend.commands).toEqual([
      { type: 'log-in', operator: 4, pin: '314159' },
      { type: 'log-in', operator: 4, pin: '271828' },
      { type: 'log-out' },
    ]);
  });
});
