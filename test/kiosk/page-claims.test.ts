import { describe, expect, it } from 'vitest';
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import { hasChromium } from './browser.js';
import { EMERGENCY, healthOffer, LABORATORY, PERIODIC, REFERRAL, SURGERY } from './health-samples.js';
import { layoutFaults } from './layout-probe.js';
import { pageBench } from './page-bench.js';
import { soon } from './soon.js';

const WITH_SUPERVISOR = { ...EMERGENCY, supervisor: true };
const CREW = [{ number: 9, name: 'سامية عبد الحميد' }];
const WRONG_PIN = { code: 'ERR_PIN', text: reasonText('ERR_PIN') } as const;

describe.skipIf(!hasChromium())('the page of a health programme, worked by a clerk:', () => {
  const bench = pageBench();

  it('writes a referral: for what, how much, and where the holder chose; nothing is chosen before', async () => {
    await bench.show(healthOffer('h1', [REFERRAL, PERIODIC]));
    expect(await bench.open.page.isDisabled('[data-key="confirm"]')).toBe(true);
    expect(await bench.open.page.isDisabled('[data-key="more"]')).toBe(true);
    await bench.tap('paper-for');
    expect(await layoutFaults(bench.open.page)).toEqual([]);
    await bench.tap('for-laboratory');
    await bench.tap('more');
    await bench.tap('more');
    expect(await bench.quantity()).toBe('٢');
    expect(await bench.open.page.innerText('[data-key="confirm"]')).toContain('اختر الموقع');
    expect(await bench.open.page.isDisabled('[data-key="confirm"]')).toBe(true);
    await bench.tap('paper-site');
    expect(await layoutFaults(bench.open.page)).toEqual([]);
    await bench.tap('site-22');
    await bench.tap('confirm');
    await soon(() => bench.kiosk.backend.commands).toEqual([
      {
        ...{ type: 'confirm', tapId: 'h1', quantities: { referral: 1 } },
        papers: [{ writtenBy: 'referral', commodity: 'laboratory', quantity: 2, site: 22 }],
      },
    ]);
  });

  it('does a visit with or without the appointment for the next one', async () => {
    await bench.show(healthOffer('h1', [PERIODIC]));
    await bench.tap('more');
    await bench.tap('paper-for');
    await bench.tap('for-periodic');
    await bench.tap('confirm');
    await bench.show(healthOffer('h2', [PERIODIC]));
    await bench.tap('more');
    await bench.tap('confirm');
    await soon(() => bench.kiosk.backend.commands).toEqual([
      {
        ...{ type: 'confirm', tapId: 'h1', quantities: { periodic: 1 } },
        papers: [{ writtenBy: 'periodic', commodity: 'periodic', quantity: 1, site: 0 }],
      },
      { type: 'confirm', tapId: 'h2', quantities: { periodic: 1 } },
    ]);
  });

  it('says what the holder pays before it is confirmed: a rate, bounded for one service', async () => {
    await bench.show(healthOffer('h1', [LABORATORY], { currency: 'EGP' }));
    await bench.tap('more');
    expect(await bench.open.page.innerText('.confirm-sum')).toContain('٤٠٫٠٠');
    await bench.tap('all');
    expect(await bench.open.page.innerText('.confirm-sum')).toContain('٤٠٠٫٠٠');
    expect(await bench.open.page.innerText('.editor-price')).toContain('٤٬٠٠٠٫٠٠');
    await bench.show(healthOffer('h2', [SURGERY], { currency: 'EGP' }));
    await bench.tap('more');
    expect(await bench.open.page.innerText('.confirm-sum')).toContain('٣٠٠٫٠٠');
  });

  it('asks how it is paid where this desk takes money: cash that is in hand, or the machine', async () => {
    const { backend } = bench.kiosk;
    const more = { currency: 'EGP', methods: ['cash', 'machine'] as const };
    for (const [tapId, method] of [['h1', 'cash'] as const, ['h2', 'machine'] as const]) {
      await bench.show(healthOffer(tapId, [SURGERY], more));
      await bench.tap('more');
      await bench.tap('confirm');
      expect(await layoutFaults(bench.open.page)).toEqual([]);
      expect(await bench.open.page.innerText('.sheet-title')).toContain('٣٠٠٫٠٠');
      await bench.tap(`pay-${method}`);
    }
    const payment = { method: 'machine', amount: 30_000, currency: 'EGP' } as const;
    const { holder } = healthOffer('h2', []);
    await bench.show({ name: 'paying', tapId: 'h2', holder, payment, isCancelled: false });
    await bench.tap('cancel');
    await soon(() => backend.commands).toEqual([
      { type: 'confirm', tapId: 'h1', quantities: { surgery: 1 }, payment: 'cash' },
      { type: 'confirm', tapId: 'h2', quantities: { surgery: 1 }, payment: 'machine' },
      { type: 'cancel', tapId: 'h2' },
    ]);
  });

  it('says what is on the card and what is left of it, and why it cannot be paid from', async () => {
    const { page } = bench.open;
    const offered = (tapId: string, balance: number | null) =>
      healthOffer(tapId, [SURGERY], { currency: 'EGP', methods: ['cash', 'machine', 'purse'], purse: { balance } });
    for (const [tapId, balance, said] of [
      ['h1', 29_999, '٢٩٩٫٩٩'],
      ['h2', null, 'هذه البطاقة لا تحمل رصيدًا'],
      ['h3', 45_000, '١٥٠٫٠٠'],
    ] as const) {
      await bench.show(offered(tapId, balance));
      await bench.tap('more');
      await bench.tap('confirm');
      expect(await layoutFaults(page)).toEqual([]);
      expect(await page.innerText('[data-key="pay-purse"]')).toContain(said);
      expect(await page.isDisabled('[data-key="pay-purse"]')).toBe(tapId !== 'h3');
    }
    expect(await page.innerText('[data-key="pay-purse"]')).toContain('٤٥٠٫٠٠');
    await bench.tap('pay-purse');
    await soon(() => bench.kiosk.backend.commands).toEqual([
      { type: 'confirm', tapId: 'h3', quantities: { surgery: 1 }, payment: 'purse' },
    ]);
  });

  it('asks for the PIN of the card from a sum on that is paid from it, and for none where it is paid in cash', async () => {
    const proof = (isGiven: boolean) => ({
      ...{ fromUnits: null, fromPurse: 30_000, document: 'not-accepted' as const },
      pin: { isGiven, triesLeft: null },
    });
    const offered = (tapId: string, isGiven: boolean) =>
      healthOffer(tapId, [SURGERY], {
        ...{ currency: 'EGP', methods: ['cash', 'purse'], purse: { balance: 30_000 }, proof: proof(isGiven) },
      });
    await bench.show(offered('h1', false));
    await bench.tap('more');
    await bench.tap('confirm');
    await bench.tap('pay-cash');
    await bench.show(offered('h2', false));
    await bench.tap('more');
    await bench.tap('confirm');
    await bench.tap('pay-purse');
    await bench.open.page.waitForSelector('[data-key="holder-pin-send"]');
    await bench.show(offered('h2', true));
    await bench.tap('confirm');
    await bench.tap('pay-purse');
    await soon(() => bench.kiosk.backend.commands).toEqual([
      { type: 'confirm', tapId: 'h1', quantities: { surgery: 1 }, payment: 'cash' },
      { type: 'confirm', tapId: 'h2', quantities: { surgery: 1 }, payment: 'purse' },
    ]);
  });

  it('claims an exemption by its name, and takes it back; a document that was seen stays seen', async () => {
    const { backend } = bench.kiosk;
    const proof = { fromUnits: 1, document: 'not-given' } as const;
    const seen = { fromUnits: 1, document: 'given' } as const;
    await bench.show(healthOffer('h1', [SURGERY], { exemptions: [EMERGENCY], proof }));
    await bench.tap('document');
    await bench.show(healthOffer('h1', [SURGERY], { exemptions: [EMERGENCY], proof: seen }));
    await bench.tap('exemption-101');
    await bench.show(healthOffer('h1', [SURGERY], { exemptions: [{ ...EMERGENCY, isClaimed: true }], proof: seen }));
    await bench.tap('exemption-101');
    await soon(() => backend.commands).toEqual([
      { type: 'claim', tapId: 'h1', factors: ['id-document'] },
      { type: 'claim', tapId: 'h1', exemption: 101, factors: ['id-document'] },
      { type: 'claim', tapId: 'h1', factors: ['id-document'] },
    ]);
  });

  it('turns to the holder for the PIN of the card where the quantity needs it, says what is left of the tries, and goes on', async () => {
    const { backend } = bench.kiosk;
    const proof = (isGiven: boolean, triesLeft: number | null) => ({
      ...{ fromUnits: 1, document: 'not-accepted' as const },
      pin: { isGiven, triesLeft },
    });
    const wrong = { code: 'ERR_HOLDER_PIN', text: reasonText('ERR_HOLDER_PIN') } as const;
    backend.onCommand((command) => {
      if (command.type !== 'holder-pin') return;
      const isRight = command.pin === '4711';
      const more = { proof: proof(isRight, isRight ? null : 2), hint: isRight ? null : wrong };
      backend.show(healthOffer('h1', [SURGERY], more));
    });
    await bench.show(healthOffer('h1', [SURGERY], { proof: proof(false, null) }));
    await bench.tap('more');
    await bench.tap('confirm');
    await bench.open.page.waitForSelector('[data-key="holder-pin-send"]');
    await bench.holdOff();
    expect(await layoutFaults(bench.open.page)).toEqual([]);
    for (const digit of '1234') await bench.tap(`digit-${digit}`);
    await bench.tap('holder-pin-send');
    await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    expect(await bench.open.page.innerText('.screen')).toContain('بقيت محاولتان');
    await bench.holdOff();
    expect(await layoutFaults(bench.open.page)).toEqual([]);
    for (const digit of '4711') await bench.tap(`digit-${digit}`);
    await bench.tap('holder-pin-send');
    await bench.open.page.waitForSelector('[data-key="holder-pin"][aria-pressed="true"]');
    await bench.tap('confirm');
    await soon(() => backend.commands).toEqual([
      { type: 'holder-pin', tapId: 'h1', pin: '1234' },
      { type: 'holder-pin', tapId: 'h1', pin: '4711' },
      { type: 'confirm', tapId: 'h1', quantities: { surgery: 1 } },
    ]);
  });

  it('asks a supervisor for a PIN where the exemption wants one, and goes on when it was right', async () => {
    const { backend } = bench.kiosk;
    backend.onCommand((command) => {
      if (command.type !== 'claim') return;
      const isRight = command.pin === '271828';
      const exemptions = [{ ...WITH_SUPERVISOR, isClaimed: isRight }];
      backend.show(healthOffer('h1', [SURGERY], { exemptions, supervisors: CREW, hint: isRight ? null : WRONG_PIN }));
    });
    await bench.show(healthOffer('h1', [], { exemptions: [WITH_SUPERVISOR], supervisors: CREW }));
    await bench.tap('exemption-101');
    expect(await layoutFaults(bench.open.page)).toEqual([]);
    for (const digit of '314159') await bench.tap(`digit-${digit}`);
    await bench.tap('allow');
    await bench.open.page.waitForSelector('.take-back-hint[data-shown="true"]');
    expect(await bench.open.page.innerText('.pin')).toBe('الرقم السري للمشرف');
    for (const digit of '271828') await bench.tap(`digit-${digit}`);
    await bench.tap('allow');
    await bench.open.page.waitForSelector('[data-key="exemption-101"][aria-pressed="true"]');
    await soon(() => backend.commands).toEqual([
      { type: 'claim', tapId: 'h1', exemption: 101, supervisor: 9, pin: '314159' },
      { type: 'claim', tapId: 'h1', exemption: 101, supervisor: 9, pin: '271828' },
    ]);
  });
});
