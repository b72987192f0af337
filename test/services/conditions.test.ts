/** Conditions on who, where, when and how: what holds, what refuses and by which rule, and the edge between the two. */
import { describe, expect, test } from 'vitest';
import { offer } from '../../agent/services/offer.js';
import type { ServiceRequest } from '../../agent/services/service.js';
import { type Change, commodityOf, DAY, snapshotOf } from './desk.js';
import { LOAF, tell } from './rule-table.js';

const asking = (change: Partial<ServiceRequest>): ServiceRequest => ({ ...LOAF, ...change });

describe('when', () => {
  const ran = { dates: { from: '2026-11-21', until: '2026-11-22' } };
  const refused = ['ERR_PROGRAMME_DATES', 'bread.dates'] as const;
  tell([
    ['on the first day', { programme: ran }, null],
    ['on the last day', { programme: ran, day: DAY + 1 }, null],
    ['the day before', { programme: ran, day: DAY - 1 }, refused],
    ['the day after', { programme: ran, day: DAY + 2 }, refused],
    ['after the last day, with the clock set back', { programme: ran, ledger: { day: DAY + 2 } }, refused],
    [
      'before the first day, though another clock was ahead',
      { programme: ran, day: DAY - 1, ledger: { day: DAY } },
      refused,
    ],
  ]);
});

describe('who: scheme and coverage', () => {
  const covered = (plans: { plan: number; classes?: number[] }[], waitingDays?: number): Change => ({
    programme: { schemes: [], coverage: { plans, ...(waitingDays === undefined ? {} : { waitingDays }) } },
  });
  const notEnrolled = ['ERR_PROGRAMME_NOT_ENTITLED', 'bread.scheme'] as const;
  const notCovered = ['ERR_COVERAGE_PLAN', 'bread.coverage-plan'] as const;
  const waiting = ['ERR_COVERAGE_WAITING', 'bread.coverage-waiting'] as const;
  tell([
    ['a card of the scheme', {}, null],
    ['a card of another scheme', { holder: { rationScheme: 2 } }, notEnrolled],
    ['a card of none', { holder: { rationScheme: null } }, notEnrolled],
    ['a programme without schemes and coverage is for nobody', { programme: { schemes: [] } }, notEnrolled],
    [
      'scheme and coverage hold together',
      { programme: { schemes: [2], coverage: { plans: [{ plan: 1 }] } } },
      notEnrolled,
    ],
    ['every class of the plan', covered([{ plan: 1 }]), null],
    ['the class of the plan', covered([{ plan: 1, classes: [1, 2] }]), null],
    ['another class of the plan', covered([{ plan: 1, classes: [1] }]), notCovered],
    ['another plan', covered([{ plan: 2 }]), notCovered],
    ['no coverage on the card', { ...covered([{ plan: 1 }]), holder: { coverage: null } }, notCovered],
    ['on the day that the waiting time is over', covered([{ plan: 1 }], 30), null],
    ['the day before', covered([{ plan: 1 }], 31), waiting],
  ]);
});

describe('where, and by whom', () => {
  const place = (rule: NonNullable<Change['programme']>['place'] & object): Change => ({ programme: { place: rule } });
  tell([
    ['the kind of the site', place({ siteKinds: ['outlet', 'bakery'] }), null],
    ['another kind', place({ siteKinds: ['outlet'] }), ['ERR_SITE_KIND', 'bread.loaf.site-kind']],
    [
      'the commodity allows what its programme does not',
      { ...place({ siteKinds: ['outlet'] }), commodity: { siteKinds: ['bakery'] } },
      null,
    ],
    [
      'the commodity refuses what its programme allows',
      { ...place({ siteKinds: ['bakery'] }), commodity: { siteKinds: ['outlet'] } },
      ['ERR_SITE_KIND', 'bread.loaf.site-kind'],
    ],
    ['an accredited site', place({ accredited: true }), null],
    [
      'another',
      { ...place({ accredited: true }), site: { accredited: false } },
      ['ERR_SITE_NOT_ACCREDITED', 'bread.site-accredited'],
    ],
    ['another, where it need not be', { ...place({ accredited: false }), site: { accredited: false } }, null],
    ['an area of the roll-out', place({ areas: ['Luxor', 'Port Said'] }), null],
    ['an area to come', place({ areas: ['Luxor'] }), ['ERR_SITE_AREA', 'bread.site-area']],
    ['at home', place({ portability: 'home' }), null],
    [
      'away from home',
      { ...place({ portability: 'home' }), holder: { homeSite: 18 } },
      ['ERR_SITE_HOME', 'bread.site-home'],
    ],
    [
      'without a home, at a site without a number',
      { ...place({ portability: 'home' }), holder: { homeSite: 0 }, site: { number: 0 } },
      ['ERR_SITE_HOME', 'bread.site-home'],
    ],
    ['in the area of the home', { ...place({ portability: 'area' }), holder: { homeSite: 18 } }, null],
    [
      'in another area',
      { ...place({ portability: 'area' }), holder: { homeArea: 'Luxor' } },
      ['ERR_SITE_HOME', 'bread.site-home'],
    ],
    [
      'in an area that nobody knows',
      { ...place({ portability: 'area' }), holder: { homeArea: null } },
      ['ERR_SITE_HOME', 'bread.site-home'],
    ],
    ['anywhere', { ...place({ portability: 'any' }), holder: { homeSite: 18, homeArea: 'Luxor' } }, null],
    ['the role', place({ roles: ['clerk'] }), null],
    ['another role', place({ roles: ['nurse'] }), ['ERR_OPERATOR_ROLE', 'bread.loaf.operator-role']],
    ['the commodity allows another role', { ...place({ roles: ['nurse'] }), commodity: { roles: ['clerk'] } }, null],
  ]);
});

describe('campaigns', () => {
  const campaign = (
    rule: NonNullable<Change['programme']>['campaign'] & object,
    holder: Change['holder'] = {},
  ): Change => ({
    programme: { schemes: rule.roster === undefined ? [1] : [], campaign: rule },
    holder: { rosters: ['zakat'], ...holder },
  });
  const nobody = { card: null, rationScheme: null, coverage: null };
  tell([
    ['everybody', campaign({}), null],
    ['a site that takes part', campaign({ sites: ['bakery-1'] }), null],
    ['a site that does not', campaign({ sites: ['bakery-2'] }), ['ERR_SITE_KIND', 'bread.campaign-site']],
    ['a person on the list', campaign({ roster: 'zakat' }), null],
    ['a person who is not', campaign({ roster: 'other' }), ['ERR_CAMPAIGN_NOT_LISTED', 'bread.campaign-roster']],
    ['a person on the list without a card', campaign({ roster: 'zakat', withoutCard: true }, nobody), null],
    [
      'the same where cards are asked for',
      campaign({ roster: 'zakat' }, nobody),
      ['ERR_PROGRAMME_LEDGER_REQUIRED', 'bread.campaign-card'],
    ],
    [
      'without a card, where there is no list to be on',
      campaign({ withoutCard: true }, { card: null }),
      ['ERR_PROGRAMME_LEDGER_REQUIRED', 'bread.campaign-card'],
    ],
    [
      'without a card, not on the list',
      campaign({ roster: 'other', withoutCard: true }, nobody),
      ['ERR_CAMPAIGN_NOT_LISTED', 'bread.campaign-roster'],
    ],
    [
      'without a card, at no campaign',
      { holder: { card: null } },
      ['ERR_PROGRAMME_LEDGER_REQUIRED', 'bread.campaign-card'],
    ],
    [
      'the list stands in for the scheme of those without a card',
      {
        ...campaign({ roster: 'zakat', withoutCard: true }, nobody),
        programme: { schemes: [1], campaign: { roster: 'zakat', withoutCard: true } },
      },
      null,
    ],
  ]);
});

describe('media and ledgers that say less', () => {
  tell([
    ['a medium that can be copied, where nothing is said of it', {}, null],
    [
      'where none of them is served',
      { programme: { copyableMaxDay: 0 } },
      ['ERR_MEDIUM_PROTECTION', 'bread.medium-protection'],
    ],
    ['one that proves itself', { programme: { copyableMaxDay: 0 }, medium: { isCopyable: false } }, null],
    ['a ledger in doubt', { ledger: { isDoubtful: true } }, null],
    [
      'where none of them is served',
      { ledger: { isDoubtful: true }, programme: { doubtfulLedgerMax: 0 } },
      ['ERR_LEDGER_UNTRUSTED', 'bread.doubtful-ledger'],
    ],
    ['a ledger without doubt', { programme: { doubtfulLedgerMax: 0 } }, null],
  ]);
});

describe('without the centre', () => {
  const offline = (
    rule: NonNullable<Change['programme']>['offline'] & object,
    exposure: Change['exposure'] = {},
  ): Change => ({
    programme: { offline: rule },
    exposure,
  });
  const ladder = [
    { afterDays: 3, permille: 500 },
    { afterDays: 7, permille: 0 },
  ];
  const tooLong = ['ERR_OFFLINE_DAYS', 'bread.offline-ladder'] as const;
  const units = ['ERR_OFFLINE_LIMIT', 'bread.offline-units'] as const;
  const two = asking({ items: [{ commodity: 1, quantity: 2 }] });
  tell([
    ['before the last step of the ladder', offline({ ladder }, { daysSinceContact: 6 }), null],
    ['on the last step', offline({ ladder }, { daysSinceContact: 7 }), tooLong],
    ['a centre that was never heard of', offline({ ladder }, { daysSinceContact: null }), tooLong],
    ['the last units', offline({ unitsMax: 10 }, { units: 8 }), null, two],
    ['one more than the last', offline({ unitsMax: 10 }, { units: 9 }), units, two],
    ['the last service', offline({ servicesMax: 10 }, { services: 9 }), null],
    ['one more', offline({ servicesMax: 10 }, { services: 10 }), ['ERR_OFFLINE_LIMIT', 'bread.offline-services']],
    ['signed time on the last day', offline({ daysWithoutSignedTimeMax: 5 }, { daysSinceSignedTime: 5 }), null],
    [
      'signed time a day too long ago',
      offline({ daysWithoutSignedTimeMax: 5 }, { daysSinceSignedTime: 6 }),
      ['ERR_OFFLINE_DAYS', 'bread.offline-signed-time'],
    ],
    [
      'no signed time ever',
      offline({ daysWithoutSignedTimeMax: 5 }, { daysSinceSignedTime: null }),
      ['ERR_OFFLINE_DAYS', 'bread.offline-signed-time'],
    ],
  ]);
});

describe('proofs, representatives and exemptions', () => {
  const factor = (rule: object): Change => ({
    programme: { secondFactor: { accepts: ['pin', 'id-document'], ...rule } },
  });
  const unproven = ['ERR_FACTOR_NEEDED', 'bread.second-factor'] as const;
  const two = { items: [{ commodity: 1, quantity: 2 }] };
  const person = { card: 90_002, household: 90_001, isNamed: false };
  const stranger = { card: 90_003, household: 1, isNamed: false };
  const draws = (who: 'household' | 'named', exposure: Change['exposure'] = {}): Change => ({
    programme: { representatives: { who, perMonthMax: 4 } },
    exposure,
  });
  const nobody = ['ERR_REPRESENTATIVE', 'bread.representative'] as const;
  const emergency = {
    id: 'emergency',
    number: 5,
    name: { ar: '—', fr: '—', en: '—' },
    roles: ['doctor'],
    perDayMax: 2,
  };
  const exempt = (supervisor: boolean, change: Change = {}): Change => ({
    programme: { exemptions: [{ ...emergency, supervisor }] },
    operator: { role: 'doctor' },
    ...change,
  });
  const claim = asking({ exemption: 5 });
  const today = (count: number): Change => ({
    exposure: {
      exemptionsToday: [
        { exemption: 4, count: 9 },
        { exemption: 5, count },
      ],
    },
  });
  tell([
    ['on another medium', factor({ media: ['qr'] }), null],
    ['on a medium that asks for a proof', factor({ media: ['qr', 'ntag216'] }), unproven],
    ['with a proof', factor({ media: ['ntag216'] }), null, asking({ factors: ['id-document'] })],
    [
      'with a proof that does not do',
      factor({ media: ['ntag216'] }),
      unproven,
      asking({ factors: ['representative-card'] }),
    ],
    ['below the quantity', factor({ fromUnits: 2 }), null],
    ['from the quantity on', factor({ fromUnits: 2 }), unproven, two],
    ['nobody may draw for others', {}, nobody, asking({ representative: person })],
    ['one of the household', draws('household'), null, asking({ representative: person })],
    ['a stranger', draws('household'), nobody, asking({ representative: { ...stranger, isNamed: true } })],
    [
      'somebody without a household, for somebody without one',
      { ...draws('household'), holder: { household: 0 } },
      nobody,
      asking({ representative: { ...person, household: 0 } }),
    ],
    ['who is named', draws('named'), null, asking({ representative: { ...stranger, isNamed: true } })],
    ['of the household, but not named', draws('named'), nobody, asking({ representative: person })],
    [
      'the last time this month',
      draws('household', { representedThisMonth: [{ card: 90_002, count: 3 }] }),
      null,
      asking({ representative: person }),
    ],
    [
      'once too often',
      draws('household', { representedThisMonth: [{ card: 90_002, count: 4 }] }),
      ['ERR_REPRESENTATIVE', 'bread.representative-month'],
      asking({ representative: person }),
    ],
    [
      'the holder, however often others came',
      draws('household', { representedThisMonth: [{ card: 90_002, count: 4 }] }),
      null,
    ],
    ['an exemption', exempt(false), null, claim],
    ['one that there is not', exempt(false), ['ERR_EXEMPTION', 'bread.exemption'], asking({ exemption: 4 })],
    [
      'claimed by another role',
      exempt(false, { operator: { role: 'clerk' } }),
      ['ERR_EXEMPTION', 'bread.exemption-role'],
      claim,
    ],
    ['without the supervisor', exempt(true), ['ERR_EXEMPTION', 'bread.exemption-supervisor'], claim],
    ['with the supervisor', exempt(true), null, { ...claim, supervisor: 6 }],
    ['the last one today', exempt(false, today(1)), null, claim],
    ['one too many', exempt(false, today(2)), ['ERR_EXEMPTION_LIMIT', 'bread.exemption-day'], claim],
    ['none claimed, however many there were', exempt(true, today(2)), null],
  ]);
});

describe('where nothing may be had', () => {
  const elsewhere = commodityOf({ id: 'oil', number: 2, siteKinds: ['outlet'] });
  const usedUp = commodityOf({ quotas: [{ per: 'card', every: 'day', amount: 1 }] });
  const ledger = { day: DAY, usage: [{ commodity: 1, usedDay: 1, usedMonth: 1 }] };

  test.each([[[elsewhere, usedUp]], [[usedUp, elsewhere]]])('the one that came furthest says why', (commodities) => {
    const refused = offer(snapshotOf({ programme: { commodities }, ledger }));
    expect(refused).toMatchObject({ outcome: 'refuse', reason: 'ERR_QUOTA_DAY', rule: 'bread.loaf.quota-day' });
  });

  test('what one of several may be had of is offered, what is not for this site is left out, and what is claimed counts', () => {
    const commodities = [elsewhere, commodityOf()];
    const items = [{ commodity: 1 }];
    expect(offer(snapshotOf({ programme: { commodities }, ledger }))).toMatchObject({ outcome: 'offer', items });
    const stranger = { representative: { card: 90_003, household: 1, isNamed: false } };
    expect(offer(snapshotOf({ programme: { commodities } }), stranger)).toMatchObject({ rule: 'bread.representative' });
  });
});
