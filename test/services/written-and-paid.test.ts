/** Papers that a service writes, and what it costs. */
import { describe, expect, test } from 'vitest';
import { isWaslError } from '../../agent/domain/errors.js';
import type { Commodity } from '../../agent/domain/policy.js';
import { decide } from '../../agent/services/decide.js';
import { explain } from '../../agent/services/explain.js';
import { chargeFor } from '../../agent/services/rules/money.js';
import type { ServiceRequest } from '../../agent/services/service.js';
import { type Change, commodityOf, DAY, snapshotOf } from './desk.js';
import { tell } from './rule-table.js';

const units = (quantity: number, change: Partial<ServiceRequest> = {}): ServiceRequest => ({
  items: [{ commodity: 1, quantity }],
  ...change,
});
describe('papers that are written', () => {
  const rule = { kind: 'referral', for: [2, 3], days: 30, quantityMax: 4 } as const;
  const writes: Change = { commodity: { writes: rule } };
  const chosen: Change = { commodity: { writes: { ...rule, chooseSiteKind: 'hospital' } } };
  const asked = { writtenBy: 1, commodity: 2, quantity: 4, site: 0 };
  const paper = (change: object): ServiceRequest => units(1, { papers: [{ ...asked, ...change }] });
  const refused = ['ERR_PAPER_REQUEST', 'bread.loaf.writes'] as const;
  const notAsked = ['ERR_PAPER_REQUEST', 'bread.papers'] as const;
  tell([
    ['none', writes, null],
    ['for what it may be', writes, null, paper({})],
    ['for something else', writes, refused, paper({ commodity: 4 })],
    ['for one more than it may be', writes, refused, paper({ quantity: 5 })],
    ['for nothing', writes, refused, paper({ quantity: 0 })],
    ['for a part', writes, refused, paper({ quantity: 1.5 })],
    ['for a site where none is chosen', writes, refused, paper({ site: 18 })],
    ['for the site that the holder chose', chosen, null, paper({ site: 18 })],
    ['for none where one is chosen', chosen, refused, paper({})],
    ['by something that writes none', {}, refused, paper({})],
    ['by something that is not served', writes, notAsked, paper({ writtenBy: 2 })],
    ['two for the same', writes, notAsked, units(1, { papers: [asked, asked] })],
    ['two for different things', writes, null, units(1, { papers: [asked, { ...asked, commodity: 3 }] })],
  ]);

  test('it is numbered by the record that it is written with, and holds that many days, today among them', () => {
    const decided = decide(snapshotOf(chosen), paper({ site: 18 }));
    const written = [{ kind: 0, number: 5, commodity: 2, left: 4, untilDay: DAY + 29, site: 18 }];
    expect(decided).toMatchObject({ effects: { written } });
  });
});

describe('money', () => {
  const { holder } = snapshotOf();
  const charge = (line: object | null, quantity = 1, amount = 1001): unknown => {
    const copayment = line === null ? undefined : { lines: [{ plans: [9] }, { plans: [1], classes: [2], ...line }] };
    const commodity: Commodity = commodityOf({ price: { amount, ...(copayment === undefined ? {} : { copayment }) } });
    return chargeFor(commodity, quantity, holder);
  };
  test.each([
    ['all of it without a line', null, 2, { gross: 2002, holder: 2002 }],
    ['all of it where no line names the class', { classes: [3], permille: 0 }, 2, { gross: 2002, holder: 2002 }],
    ['a sum for each unit', { amount: 300 }, 2, { gross: 2002, holder: 600 }],
    ['a sum above the price', { amount: 3000 }, 2, { gross: 2002, holder: 2002 }],
    ['a rate below a half', { permille: 100 }, 1, { gross: 1001, holder: 100 }],
    ['a rate of exactly a half', { permille: 500 }, 1, { gross: 1001, holder: 501 }],
    ['a rate of all units together', { permille: 100 }, 5, { gross: 5005, holder: 501 }],
    ['at most so much for a service', { permille: 500, max: 700 }, 4, { gross: 4004, holder: 700 }],
    ['nothing', { permille: 0 }, 4, { gross: 4004, holder: 0 }],
  ])('%s', (_what, line, quantity, expected) => {
    expect(charge(line, quantity)).toEqual(expected);
  });

  test('a sum that no whole number could be is refused, and thrown where nobody asked before', () => {
    const amount = 2 ** 40;
    const change = { commodity: { price: { amount } } };
    for (const quantity of [9, 2 ** 20])
      expect(decide(snapshotOf(change), units(quantity))).toMatchObject({
        reason: 'ERR_QUANTITY',
        rule: 'bread.loaf.price',
      });
    expect(() => charge(null, 2 ** 20, amount)).toThrowError(expect.toSatisfy((e) => isWaslError(e, 'ERR_INTERNAL')));
  });

  test('what is paid for several items is added up, and explained for each', () => {
    const price = { amount: 250, copayment: { lines: [{ plans: [1], permille: 200 }] } };
    const change = {
      commodity: { price },
      commodities: [commodityOf({ id: 'test', number: 2, price: { amount: 90 } })],
    };
    const request = {
      items: [
        { commodity: 1, quantity: 3 },
        { commodity: 2, quantity: 1 },
      ],
    };
    expect(decide(snapshotOf(change), request)).toMatchObject({ effects: { charge: { gross: 840, holder: 240 } } });
    const facts = explain(snapshotOf(change), request).find(({ rule }) => rule === 'bread.loaf.price')?.facts;
    expect(facts).toMatchObject({ priceEach: 250, gross: 750, holder: 150, asked: 3 });
  });
});
