import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balancesSchema, openingsOf, parseBalances } from '../../agent/cards/balances.js';
import { encodeSlot, readSlotImage } from '../../agent/credential/ledger.js';
import { cardContent } from '../../agent/credential/personalise.js';
import type { Programme } from '../../agent/domain/policy.js';
import { dayOfIso } from '../../agent/services/time.js';
import { claims, signerOf, UID } from '../support/people.js';

const TEXTS = { ar: 'س', fr: 's', en: 's' };
const COUNTED = { ar: TEXTS.ar, fr: TEXTS.fr, en: TEXTS.en } as never;
const commodity = { name: TEXTS, unit: COUNTED };

/** Visits by the year, treatments on a referral, and what is paid until when. */
const INSURANCE: Programme = {
  ...{ id: 'insurance', number: 9, title: TEXTS, family: 2, schemes: [1], doubtfulLedgerMax: 0 },
  accounts: [
    { id: 'paid-until', number: 91, kind: 'until', name: TEXTS, max: dayOfIso('2030-12-31') },
    { id: 'points', number: 92, kind: 'amount', name: TEXTS, max: 500 },
    { id: 'activated', number: 93, kind: 'flag', name: TEXTS, max: 1 },
  ],
  commodities: [
    {
      ...{ ...commodity, id: 'visit', number: 91 },
      quotas: [
        { per: 'member', every: 'day', amount: 1 },
        { per: 'card', every: 'year', amount: 6 },
      ],
    },
    { ...commodity, id: 'surgery', number: 92, quotas: [], consumes: { kind: 'referral' } },
    {
      ...{ ...commodity, id: 'referring', number: 93, quotas: [] },
      writes: { kind: 'referral', for: [92], days: 30, quantityMax: 2 },
    },
  ],
};
const TODAY = dayOfIso('2026-11-22');
const context = {
  programmes: [INSURANCE],
  holder: { draws: 3, householdSize: 5, coverage: null, rationScheme: null },
  today: TODAY,
};
const parse = (value: object) => parseBalances({ asOf: '2026-11-20', ...value }, 'balances.json');
const open = (value: object) => openingsOf(parse(value), context, 'balances.json').get(2);
const mistake = (value: object): string => {
  try {
    open(value);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_ORDER_BALANCES' });
    return (error as Error).message;
  }
  return 'no mistake';
};

describe('balances of an older system', () => {
  test('become what the first records of a card state, by the numbers of the policy', () => {
    const opening = open({
      used: { 'insurance.visit': { month: 2, year: 4 } },
      accounts: { 'insurance.paid-until': '2027-02-28', 'insurance.points': 120, 'insurance.activated': true },
      papers: [{ kind: 'referral', for: 'insurance.surgery', left: 1, until: '2026-12-10', site: 12 }],
    });
    expect(opening).toEqual({
      day: dayOfIso('2026-11-20'),
      usage: [{ commodity: 91, usedDay: 0, usedMonth: 2 }],
      more: {
        tallies: [{ commodity: 91, usedYear: 4, usedEver: 0, ahead: 0 }],
        balances: [
          { account: 91, value: dayOfIso('2027-02-28') },
          { account: 92, value: 120 },
          { account: 93, value: 1 },
        ],
        papers: [{ kind: 0, number: 0, commodity: 92, left: 1, untilDay: dayOfIso('2026-12-10'), site: 12 }],
      },
      firstSequence: 2,
      previous: new Uint8Array(8),
    });
  });

  test.each([
    ['used.insurance.bread', { used: { 'insurance.bread': { month: 1 } } }],
    ['used.insurance.visit.year', { used: { 'insurance.visit': { year: 7 } } }],
    ['used.insurance.visit.day', { used: { 'insurance.visit': { day: 4, month: 4, year: 4 } } }],
    ['used.insurance.visit.ever', { used: { 'insurance.visit': { ever: 1 } } }],
    ['used.insurance.visit.month', { used: { 'insurance.visit': { day: 2, month: 1 } } }],
    ['accounts.insurance.purse', { accounts: { 'insurance.purse': 1 } }],
    ['accounts.insurance.points', { accounts: { 'insurance.points': 501 } }],
    ['accounts.insurance.points', { accounts: { 'insurance.points': '2027-01-01' } }],
    ['accounts.insurance.paid-until', { accounts: { 'insurance.paid-until': 4 } }],
    ['accounts.insurance.paid-until', { accounts: { 'insurance.paid-until': '2031-01-01' } }],
    ['papers.0.for', { papers: [{ kind: 'referral', for: 'insurance.tea', left: 1, until: '2026-12-10' }] }],
    ['papers.0.kind', { papers: [{ kind: 'request', for: 'insurance.surgery', left: 1, until: '2026-12-10' }] }],
    ['papers.0.left', { papers: [{ kind: 'referral', for: 'insurance.surgery', left: 3, until: '2026-12-10' }] }],
    ['papers.0.until', { papers: [{ kind: 'referral', for: 'insurance.surgery', left: 1, until: '2026-11-19' }] }],
    ['asOf', { asOf: '2026-11-23' }],
  ])('are refused with the path %s', (path, value) => {
    expect(mistake(value)).toContain(`${path}: `);
  });

  test('are refused with every mistake at once, and with those of shape by their path', () => {
    const told = mistake({ accounts: { 'insurance.purse': 1 }, used: { 'insurance.bread': {} } });
    expect(told).toMatch(/insurance\.purse.*|insurance\.bread/);
    expect(told.match(/the policy has no such/g)).toHaveLength(2);
    for (const wrong of [{ used: { bread: {} } }, { papers: [{}] }, { asOf: '2026-02-30' }, { extra: 1 }])
      expect(() => parse(wrong)).toThrow(expect.objectContaining({ code: 'ERR_ORDER_BALANCES' }));
  });

  test('need no more than their shape to be taken into an order', () => {
    expect(balancesSchema.parse({ asOf: '2026-11-20' })).toEqual({
      ...{ asOf: '2026-11-20', used: {}, accounts: {}, papers: [] },
    });
  });

  test('stand on the card as they were stated, whatever they are', () => {
    const signer = signerOf(1);
    const amounts = fc.record({
      year: fc.integer({ min: 0, max: 6 }),
      points: fc.integer({ min: 0, max: 500 }),
      left: fc.integer({ min: 1, max: 2 }),
      days: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(amounts, ({ year, points, left, days }) => {
        const until = new Date((TODAY + days) * 86_400_000).toISOString().slice(0, 10);
        const opening = open({
          used: { 'insurance.visit': { year, month: Math.min(year, 1) } },
          accounts: { 'insurance.points': points },
          papers: [{ kind: 'referral', for: 'insurance.surgery', left, until }],
        });
        if (opening === undefined) throw new Error('there is an opening');
        const content = cardContent(claims(), signer, {
          day: TODAY,
          slotBytes: 288,
          openings: new Map([[2, opening]]),
        });
        const [first, second] = content.further[0]?.slots ?? [];
        for (const [at, image] of [first, second].entries()) {
          const { record } = readSlotImage(image ?? new Uint8Array());
          expect(record).toMatchObject({ cause: 'issue', sequence: 2 + at, day: dayOfIso('2026-11-20') });
          expect(record.usage).toEqual(opening.usage);
          expect(record.more).toEqual(opening.more);
        }
      }),
    );
  });

  test('are refused where their papers could be mistaken for later ones, or the card has no ledger for them', () => {
    const opening = open({ papers: [{ kind: 'referral', for: 'insurance.surgery', left: 1, until: '2026-12-10' }] });
    if (opening === undefined) throw new Error('there is an opening');
    const made = (firstSequence: number, slotBytes = 288, family = 2) =>
      cardContent(claims(), signerOf(1), {
        day: TODAY,
        slotBytes,
        openings: new Map([[family, { ...opening, firstSequence }]]),
      });
    const refused = expect.objectContaining({ code: 'ERR_ORDER_BALANCES' });
    expect(() => made(0)).toThrow(refused);
    expect(() => made(3)).toThrow(refused);
    expect(() => made(2, 0)).toThrow(refused);
    expect(() => made(2, 288, 7)).toThrow(refused);
    expect(() => made(2, 112)).toThrow(expect.objectContaining({ code: 'ERR_LEDGER_FULL' }));
    // What fits is what any record of these numbers takes.
    expect(
      encodeSlot(
        readSlotImage(made(2).further[0]?.slots[0] ?? new Uint8Array()).record,
        { uid: UID, card: 4711 },
        {
          ...{ signer: signerOf(1), slotBytes: 288 },
        },
      ).length,
    ).toBeLessThanOrEqual(288);
  });
});
