import { describe, expect, test } from 'vitest';
import { checkDraft } from '../../../agent/trust/policy/check.js';
import { type ProblemKind, pathText } from '../../../agent/trust/policy/problem.js';
import { BROKEN, policiesIn, policyIn, SAMPLES } from './read.js';

/** File, and for each mistake in it: path, kind, what the remedy says. */
const EXPECTED: readonly (readonly [string, readonly (readonly [string, ProblemKind, RegExp])[]])[] = [
  [
    'account-missing',
    [
      ['programmes.0.commodities.0.carryOver.account', 'reference', /add the account to "accounts" of the programme/],
      ['programmes.0.commodities.3.costs.0.account', 'reference', /add the account to "accounts" of the programme/],
      ['programmes.0.commodities.4.costs.0.account', 'reference', /add the account to "accounts" of the programme/],
    ],
  ],
  [
    'account-number-twice',
    [['programmes.0.accounts.1.number', 'duplicate', /give it a number that nothing had before: cards and events/]],
  ],
  [
    'account-wrong-kind',
    [
      ['programmes.0.commodities.0.carryOver.account', 'reference', /name an account of kind "amount"/],
      ['programmes.0.commodities.3.costs.0.amount', 'conflict', /write 1/],
      ['programmes.0.commodities.4.costs.0.amount', 'conflict', /write 1/],
    ],
  ],
  [
    'ahead-without-day-quota',
    [['programmes.0.commodities.0.aheadDays', 'conflict', /keep exactly one quota with "every": "day", or remove/]],
  ],
  [
    'amount-with-months',
    [
      ['programmes.0.commodities.3.costs.0.amount', 'missing', /say how much/],
      [
        'programmes.0.commodities.3.costs.0.months',
        'conflict',
        /use "amount" instead: "months" is for accounts of kind/,
      ],
    ],
  ],
  ['campaign-without-list', [['programmes.0.campaign.roster', 'missing', /name the roster, or remove "withoutCard"/]]],
  [
    'carry-over-without-quota',
    [['programmes.0.commodities.0.carryOver', 'conflict', /add a quota with "every": "month" or "day", or remove/]],
  ],
  [
    'chosen-site-cannot-serve',
    [
      [
        'programmes.1.commodities.3.writes.chooseSiteKind',
        'conflict',
        /choose a kind of site that serves all of them, or write a/,
      ],
    ],
  ],
  ['commodity-id-twice', [['programmes.0.commodities.3.id', 'duplicate', /give it an id of its own/]]],
  [
    'copayment-above-price',
    [['programmes.2.commodities.0.price.copayment.lines.1.amount', 'conflict', /lower it, or raise the price/]],
  ],
  [
    'copayment-plan-not-covered',
    [
      [
        'programmes.0.commodities.3.price.copayment.lines.0.plans.1',
        'unreachable',
        /remove it, or add the plan to "coverage\.plans"/,
      ],
    ],
  ],
  [
    'copayment-shadowed',
    [['programmes.0.commodities.1.price.copayment.lines.1', 'unreachable', /move it before them, or remove it/]],
  ],
  [
    'copayment-sum-and-rate',
    [
      [
        'programmes.2.commodities.3.price.copayment.lines.1',
        'conflict',
        /keep "amount" or "permille"; "max" bounds either/,
      ],
    ],
  ],
  [
    'costs-of-a-day',
    [
      [
        'programmes.1.commodities.2.costs.0.account',
        'reference',
        /name an account of kind "amount"; what must hold belongs/,
      ],
    ],
  ],
  ['currency-as-word', [['currency', 'value', /write its code, such as EGP, AED, MAD or SDG/]]],
  ['date-impossible', [['programmes.0.dates.until', 'value', /take a day that is in the calendar/]]],
  ['date-otherwise', [['programmes.0.dates.until', 'value', /write it like 2026-11-21/]]],
  ['dates-backwards', [['programmes.0.dates.until', 'order', /exchange them, or mend the one that is wrong/]]],
  [
    'exemption-unknown',
    [['programmes.2.commodities.3.consumes.exemptions.0', 'reference', /write "emergency", or add the exemption/]],
  ],
  [
    'factor-never-asked',
    [['programmes.0.secondFactor', 'unreachable', /add "media", "fromUnits" or "fromPurse", or remove it/]],
  ],
  ['family-unknown', [['programmes.0.family', 'conflict', /use 1 \(ration\) or 2 \(health\)/]]],
  [
    'grace-for-points',
    [
      [
        'programmes.0.commodities.3.needs.0.graceDays',
        'conflict',
        /remove it: only accounts of kind "until" have days of grace/,
      ],
    ],
  ],
  ['head-in-draft', [['version', 'unknown-key', /remove it: the authority gives version and dates when it/]]],
  ['ladder-percent', [['programmes.0.offline.ladder.1.permille', 'value', /use at most 1000/]]],
  [
    'ladder-unordered',
    [
      [
        'programmes.0.offline.ladder.1.afterDays',
        'order',
        /order the steps by days, each with more than the one before/,
      ],
      ['programmes.0.offline.ladder.1.permille', 'order', /let the steps fall, or exchange them/],
    ],
  ],
  [
    'no-quota',
    [['programmes.0.commodities.1.quotas', 'value', /add the most that a card may have in a day, month, year or/]],
  ],
  [
    'nobody-served',
    [['programmes.0.schemes', 'conflict', /name the schemes whose cards may draw, or add "coverage" or/]],
  ],
  ['number-as-text', [['programmes.0.commodities.1.number', 'type', /write 2 without the quotes/]]],
  [
    'number-twice',
    [['programmes.2.commodities.4.number', 'duplicate', /give it a number that nothing had before: cards and events/]],
  ],
  ['number-zero', [['programmes.0.commodities.1.number', 'value', /use 1 to 65535, a number that nothing had before/]]],
  [
    'paper-for-nothing',
    [['programmes.0.commodities.0.writes.for.3', 'reference', /name one of the policy, or add it/]],
  ],
  [
    'paper-nobody-writes',
    [
      [
        'programmes.0.commodities.3.consumes.kind',
        'reference',
        /add 304 to "writes\.for" of a commodity that writes such/,
      ],
    ],
  ],
  [
    'paper-of-another-kind',
    [
      [
        'programmes.1.commodities.3.writes.chooseSiteKind',
        'conflict',
        /choose a kind of site that serves all of them, or write a/,
      ],
      ['programmes.1.commodities.3.writes.for.4', 'reference', /make both the same kind/],
    ],
  ],
  ['place-empty', [['programmes.0.place', 'unreachable', /fill it in, or remove it/]]],
  [
    'plural-two-spelt-wrong',
    [['programmes.0.commodities.0.unit.ar.tow', 'unknown-key', /rename it to "two", or remove it/]],
  ],
  [
    'plural-without-other',
    [['programmes.0.commodities.0.unit.fr.other', 'missing', /add it: a text in double quotes/]],
  ],
  ['price-without-currency', [['currency', 'missing', /add its ISO 4217 code, e\.g\. "EGP"/]]],
  [
    'purse-fills-itself',
    [['programmes.0.commodities.0.gives.0.account', 'conflict', /into a programme that has no "purse"/]],
  ],
  ['purse-missing', [['programmes.1.purse', 'reference', /use one of 301 \(purse\), or add the account/]]],
  [
    'purse-of-a-day',
    [
      ['programmes.1.commodities.1.gives.0.account', 'conflict', /or take its price away/],
      ['programmes.1.purse', 'reference', /kind "amount" that counts minor units of the currency/],
    ],
  ],
  ['purse-of-another-family', [['programmes.1.purse', 'reference', /add the account to "accounts"/]]],
  [
    'purse-proof-without-purse',
    [['programmes.1.secondFactor.fromPurse', 'unreachable', /name the account as "purse" of the programme/]],
  ],
  ['purse-without-price', [['programmes.1.purse', 'unreachable', /give a commodity its "price"/]]],
  ['purse-without-proof', [['programmes.1.purse', 'conflict', /set "needsProof": true on the account/]]],
  [
    'quota-by-week',
    [['programmes.0.commodities.0.quotas.0.every', 'value', /write one of "day", "month", "year", "once"/]],
  ],
  [
    'representative-card-without-rule',
    [['programmes.0.secondFactor.accepts.2', 'conflict', /add "representatives", or remove it here/]],
  ],
  [
    'text-bidi',
    [['programmes.0.commodities.0.name.ar', 'text', /remove it: the screen and the printer order Arabic and/]],
  ],
  ['text-empty', [['programmes.0.commodities.0.name.ar', 'text', /write what the clerk and the holder are to read/]]],
  ['text-missing-language', [['programmes.0.commodities.0.name.fr', 'missing', /add it: a text in double quotes/]]],
  ['time-zone-unknown', [['timeZone', 'value', /write "Africa\/Khartoum"/]]],
  [
    'unknown-member',
    [['programmes.0.commodities.0.carryover', 'unknown-key', /rename it to "carryOver", or remove it/]],
  ],
  [
    'unknown-quota-member',
    [
      ['programmes.0.commodities.0.quotas.0.every', 'missing', /add one of "day", "month", "year", "once"/],
      ['programmes.0.commodities.0.quotas.0.evry', 'unknown-key', /rename it to "every", or remove it/],
    ],
  ],
  [
    'until-with-amount',
    [
      ['programmes.0.commodities.0.gives.0.amount', 'conflict', /use "months" instead/],
      ['programmes.0.commodities.0.gives.0.months', 'missing', /say by how many months it is moved on/],
    ],
  ],
];

describe('a policy with a mistake', () => {
  test.each(EXPECTED)('%s is refused, with the place and what to do', (name, expected) => {
    const { policy, problems } = checkDraft(policyIn(BROKEN, name));
    expect(policy).toBeNull();
    const found = problems.map(({ path, kind, remedy }) => ({ path: pathText(path), kind, remedy }));
    expect(found).toEqual(
      expected.map(([path, kind, remedy]) => ({ path, kind, remedy: expect.stringMatching(remedy) })),
    );
    for (const { message, remedy } of problems) {
      expect(message).not.toBe('');
      // One sentence, and no word of the library that found it.
      expect(remedy).not.toMatch(/\. [A-Z]|\n|Invalid|expected/);
    }
  });

  test('is there for each file, and each file for one', () => {
    expect(EXPECTED.map(([name]) => name)).toEqual(policiesIn(BROKEN));
    expect(EXPECTED.length).toBeGreaterThan(20);
  });

  test('in many places has all of them reported at once, in the order of the document', () => {
    const policy = JSON.stringify(policyIn(SAMPLES, 'egypt-rations'))
      .replace('"currency":"EGP",', '')
      .replace('"per":"member","every":"day"', '"per":"person","every":"day"')
      .replace('"number":3,', '"number":1,')
      .replace('"afterDays":7,', '"afterDays":70,')
      .replace('"portability"', '"portabilty"');
    const paths = checkDraft(JSON.parse(policy)).problems.map(({ path }) => pathText(path));
    expect(paths).toEqual([
      'currency',
      'programmes.0.commodities.0.quotas.0.per',
      'programmes.0.commodities.2.number',
      'programmes.0.offline.ladder.1.afterDays',
      'programmes.0.place.portabilty',
    ]);
  });
});
