/** The judge of an endurance run finds what is lost, doubled or in doubt, whichever witness knows of it. */
import { describe, expect, test } from 'vitest';
import { type JournalService, judge, type Testimony } from '../../simulators/endurance/verdict.js';

const EPOCH = '2026q4-aaaaaaaa';
const LATER = '2026q4-bbbbbbbb';

const inJournal = (card: number, sequence: number, more: Partial<JournalService> = {}): JournalService => ({
  id: `t:${EPOCH}:${card}${sequence}`,
  type: 'redemption',
  card,
  ledgerSequence: sequence,
  quantity: 2,
  ...more,
});
const atCentre = (card: number, sequence: number, epoch = EPOCH, quantity = 2): Testimony['centre'][number] => ({
  terminal: 't',
  epoch,
  seq: card * 10 + sequence,
  card,
  ledgerSequence: sequence,
  items: [{ commodity: 1, quantity }],
});

/** Two services of one card, known to all. */
const WHOLE: Testimony = {
  cards: [
    { card: 1, sequence: 2 },
    { card: 1, sequence: 3 },
  ],
  shown: [
    { receipt: `t:${EPOCH}:12`, card: 1, quantity: 2 },
    { receipt: `t:${EPOCH}:13`, card: 1, quantity: 2 },
  ],
  journal: [inJournal(1, 2), inJournal(1, 3)],
  centre: [atCentre(1, 2), atCentre(1, 3)],
};

describe('the judge', () => {
  test('has nothing to say when all witnesses agree', () => {
    expect(judge(WHOLE)).toEqual({ lost: 0, duplicated: 0, unresolved: 0, problems: [] });
  });

  test('counts a service once, however many witnesses miss it at the centre', () => {
    const verdict = judge({ ...WHOLE, centre: WHOLE.centre.slice(1) });
    expect(verdict).toMatchObject({ lost: 1, duplicated: 0 });
    expect(verdict.problems).toHaveLength(1);
  });

  test('finds a service that only a card, only the journal, or only a screen knows', () => {
    expect(judge({ ...WHOLE, cards: [...WHOLE.cards, { card: 2, sequence: 2 }] }).lost).toBe(1);
    expect(judge({ ...WHOLE, journal: [...WHOLE.journal, inJournal(2, 2)] }).lost).toBe(1);
    const shown = [...WHOLE.shown, { receipt: `t:${EPOCH}:99`, card: 9, quantity: 1 }];
    expect(judge({ ...WHOLE, shown }).lost).toBe(1);
  });

  test('finds a grant whose card or quantity is another one in the journal than on the screen', () => {
    const [first, second] = WHOLE.shown;
    if (first === undefined || second === undefined) throw new Error('the sample has two grants');
    expect(judge({ ...WHOLE, shown: [{ ...first, quantity: 3 }, second] }).lost).toBe(1);
    expect(judge({ ...WHOLE, shown: [{ ...first, card: 7 }, second] }).lost).toBe(1);
  });

  test('finds a service that stands twice in one epoch', () => {
    const again = { ...atCentre(1, 2), seq: 77 };
    expect(judge({ ...WHOLE, centre: [...WHOLE.centre, again] })).toMatchObject({ lost: 0, duplicated: 1 });
  });

  test('takes what is said again in a later epoch as one service, unless it says something else or somebody else says it', () => {
    const again = atCentre(1, 2, LATER);
    expect(judge({ ...WHOLE, centre: [...WHOLE.centre, again] }).duplicated).toBe(0);
    expect(judge({ ...WHOLE, centre: [...WHOLE.centre, atCentre(1, 2, LATER, 1)] }).duplicated).toBe(1);
    expect(judge({ ...WHOLE, centre: [...WHOLE.centre, { ...again, terminal: 'u' }] }).duplicated).toBe(1);
  });

  test('finds a service at the centre that no card shows', () => {
    expect(judge({ ...WHOLE, cards: WHOLE.cards.slice(1) })).toMatchObject({ lost: 0, duplicated: 1 });
  });

  test('tells a service in doubt, which the journal has reported, from a lost one', () => {
    const cards = [...WHOLE.cards, { card: 2, sequence: 4 }];
    const journal = [...WHOLE.journal, inJournal(2, 4, { type: 'unresolved' })];
    expect(judge({ ...WHOLE, cards, journal })).toMatchObject({ lost: 0, duplicated: 0, unresolved: 1 });
  });
});
