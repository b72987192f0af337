/** A shift and the goods of the outlet on the page: what is typed, and what is sent. */
import { describe, expect, it } from 'vitest';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type { Screen } from '../../agent/kiosk/state.js';
import { CLOSING, GOODS, SHIFT, STOCK_SCREEN } from './books-cases.js';
import { hasChromium } from './browser.js';
import { layoutFaults } from './layout-probe.js';
import { pageBench } from './page-bench.js';
import { soon } from './soon.js';

const IDLE: Screen = { name: 'idle', pending: [], operator: 'Tarek Morsi', shift: null };
const OPENING: Screen = {
  ...{ name: 'shift-open', takesCash: true, currency: 'EGP', open: null, operator: null, isForced: false },
};
const HINT = { code: 'ERR_PIN', text: reasonText('ERR_PIN') } as const;

describe.skipIf(!hasChromium())('the books on the page:', () => {
  const bench = pageBench();
  const type = async (digits: string): Promise<void> => {
    for (const digit of digits) await bench.tap(`digit-${digit}`);
  };
  /** A key that was just pressed is drawn smaller for a moment. */
  const whole = async (): Promise<void> => {
    await bench.holdOff();
    expect(await layoutFaults(bench.open.page)).toEqual([]);
  };
  const text = (): Promise<string> => bench.open.page.innerText('.screen');

  it('a shift is opened with what is in the drawer, typed as at a till', async () => {
    const { backend } = bench.kiosk;
    backend.onCommand((command) => {
      if (command.type === 'shift') backend.show(OPENING);
      if (command.type === 'shift-open') backend.show({ ...IDLE, shift: SHIFT });
    });
    await bench.show(IDLE);
    await bench.tap('shift');
    await bench.screenIs('shift-open');
    await bench.holdOff();
    expect(await bench.open.page.isDisabled('[data-key="shift-open"]')).toBe(true);
    await type('20050');
    expect(await text()).toMatch(/٢٠٠[.٫]٥٠/);
    await whole();
    await bench.tap('shift-open');
    await bench.screenIs('idle');
    expect(backend.commands).toEqual([{ type: 'shift' }, { type: 'shift-open', float: 20_050 }]);
  });

  it('a count that is right is closed by the clerk alone', async () => {
    const { backend } = bench.kiosk;
    await bench.show(CLOSING);
    await bench.tap('count');
    await type('26000');
    expect(await text()).toContain('لا فرق');
    await bench.tap('counted');
    await whole();
    await bench.tap('close');
    const none = { stock: {}, reason: 'none' };
    await soon(() => backend.commands).toEqual([{ type: 'shift-close', shift: SHIFT.id, counted: 26_000, ...none }]);
  });

  it('a count that is off asks for the goods, the reason and a supervisor, keeps what was typed over a wrong PIN, and sends all of it', async () => {
    const { backend } = bench.kiosk;
    const closing = { ...CLOSING, stock: GOODS.slice(0, 2) };
    backend.onCommand((command) => {
      if (command.type === 'shift-close' && command.pin === '314159') backend.show({ ...closing, hint: HINT });
    });
    await bench.show(closing);
    await bench.tap('count');
    await type('25000');
    expect(await text()).toContain('ناقص');
    await whole();
    await bench.tap('counted');
    await type('430');
    await whole();
    await bench.tap('counted');
    await bench.tap('skip');
    await whole();
    await bench.tap('reason-change');
    await whole();
    await type('314159');
    await bench.tap('close');
    await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    await whole();
    await type('271828');
    await bench.tap('close');
    const [first] = GOODS;
    const counted = { counted: 25_000, stock: { [first?.commodity ?? '']: 430 }, reason: 'change', supervisor: 9 };
    await soon(() => backend.commands).toEqual([
      { type: 'shift-close', shift: SHIFT.id, ...counted, pin: '314159' },
      { type: 'shift-close', shift: SHIFT.id, ...counted, pin: '271828' },
    ]);
  });

  it('goods that came in are recorded under the PIN of a supervisor, and their line is shown again', async () => {
    const { backend } = bench.kiosk;
    const [first] = GOODS;
    if (first === undefined) throw new Error('there are goods');
    const after = { ...STOCK_SCREEN, goods: [{ ...first, onHand: 480 }, ...GOODS.slice(1)] };
    backend.onCommand((command) => {
      if (command.type === 'stock') backend.show(command.pin === '271828' ? after : { ...STOCK_SCREEN, hint: HINT });
    });
    await bench.show(STOCK_SCREEN);
    await bench.tap(`goods-${first.commodity}`);
    await whole();
    await bench.tap('delivery');
    await type('50');
    await whole();
    await bench.tap('quantity');
    await type('314159');
    await bench.tap('record');
    await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    await whole();
    await type('271828');
    await bench.tap('record');
    await bench.open.page.waitForSelector('[data-key="write-off"]');
    expect(await text()).toContain('٤٨٠');
    await soon(() => backend.commands.at(-1)).toEqual({
      ...{ type: 'stock', kind: 'delivery', quantities: { [first.commodity]: 50 }, supervisor: 9, pin: '271828' },
    });
  });
});
