/**
 * The shape of a policy: members, kinds and bounds. What members have to do with each other is in `policy-references.ts` and `policy-rules.ts`;
 * `policy-check.ts` puts all of it together. Descriptions go into the published JSON Schema: they speak to whoever writes a policy.
 */
import { z } from 'zod';
import { calendarOf } from '../domain/calendar.js';
import { PAPER_KINDS } from '../domain/policy.js';
import { told } from './policy-problem.js';

/** What may stand in a text that is shown or printed: the complement of `showableText` in `credential/plain-text.ts`, and something to be seen. */
const SHOWN = /^(?!\s*$)[^\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]*$/u;
const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/u;

/** Text to be shown, of at most `charsMax` UTF-16 units. */
export function shownText(charsMax: number) {
  return z
    .string()
    .max(charsMax)
    .regex(SHOWN, { error: (issue) => whyNotShown(String(issue.input)) });
}

function whyNotShown(text: string): string {
  const hidden = HIDDEN.exec(text)?.[0];
  if (hidden === undefined) return told('the text is empty', 'write what the clerk and the holder are to read');
  const point = (hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return told(
    `the character U+${point} at position ${text.indexOf(hidden) + 1} cannot be seen and may rearrange or cut what is around it`,
    'remove it: the screen and the printer order Arabic and Latin letters by themselves',
  );
}

const text200 = shownText(200);
const texts = z
  .strictObject({
    ar: text200.describe('In Arabic.'),
    fr: text200.describe('In French.'),
    en: text200.describe('In English.'),
  })
  .describe('One text in every language; what the clerk and the holder read.');

const form = shownText(80);
const countedForm = z
  .union([
    form,
    z.strictObject({
      zero: form.exactOptional().describe('Arabic: for 0.'),
      one: form.exactOptional().describe('For 1; in French for 0 as well.'),
      two: form.exactOptional().describe('Arabic: the dual, for 2.'),
      few: form.exactOptional().describe('Arabic: for 3 to 10, 103 to 110 …'),
      many: form.exactOptional().describe('Arabic: for 11 to 99, 111 to 199 …; French: for whole millions.'),
      other: form.describe('For every other number. Always there.'),
    }),
  ])
  .describe('One word for every number ("kg"), or its plural forms by CLDR. Without the number itself.');
const countedTexts = z
  .strictObject({ ar: countedForm, fr: countedForm, en: countedForm })
  .describe(
    'The word for the unit. Arabic tells six cases apart (zero, one, two, few, many, other), French and English two.',
  );

/** Ids of programmes, commodities, accounts and exemptions; names of kinds of sites, roles and rosters. */
const id = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    told(
      'an id is lower-case letters, digits and hyphens, at most 32, and begins with a letter',
      'write it so, for example "family-unit"',
    ),
  );

const whole = z.int();
const number = whole
  .min(1)
  .max(65_535)
  .describe('Stands for it on cards and in events. Never used again for another one, even when this one is gone.');
const reference = whole.min(1).max(65_535);
/** Plans, classes and schemes are numbers of the issuer of the cards; 0 is one of them. */
const claim = whole.min(0).max(65_535);
const units = whole.min(1).max(1_000_000);
const money = whole.min(0).max(1_000_000_000);
const listOf = <T extends z.ZodType>(of: T, countMax: number) => z.array(of).min(1).max(countMax);
const ids = listOf(id, 64);

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, told('a day is written otherwise', 'write it like 2026-11-21'))
  .refine((text) => !/^\d{4}-\d{2}-\d{2}$/.test(text) || isCalendarDay(text), {
    error: told('there is no such day', 'take a day that is in the calendar'),
  });

const quota = z.strictObject({
  per: z
    .enum(['member', 'household', 'card'])
    .describe(
      '"member": the amount for each person the card draws for. "household": the card’s share of the household’s amount, rounded down. "card": the amount.',
    ),
  every: z
    .enum(['day', 'month', 'year', 'once'])
    .describe('Calendar day, month or year of the site; "once": in the life of the card.'),
  amount: units.describe('In the unit of the commodity.'),
});

const carryMonths = whole.min(1).max(120).describe('Months without any tap count as well, at most so many.');
const carryOver = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('accumulate').describe('What was not taken stays there, and is drawn from there.'),
      account: reference.describe('Number of the account that keeps it, of kind "amount".'),
      max: units.describe('Most that is kept.'),
      monthsMax: carryMonths,
    }),
    z.strictObject({
      kind: z.literal('convert').describe('Each unit that was not taken becomes something else, such as points.'),
      account: reference.describe('Number of the account that gets it, of kind "amount".'),
      amountEach: units.describe('What one unit becomes.'),
      monthsMax: carryMonths,
    }),
  ])
  .describe('What becomes of what was not taken by the end of a month. Left out: it lapses.');

const need = z.strictObject({
  account: reference.describe('Number of the account.'),
  atLeast: money.min(1).exactOptional().describe('An "amount": at least so much. A "flag": 1, or left out.'),
  graceDays: whole
    .min(0)
    .max(366)
    .exactOptional()
    .describe('An "until": so many days after its last day it still counts.'),
  exceptClasses: listOf(claim, 64)
    .exactOptional()
    .describe('Classes of coverage for which this need does not hold (the state pays for them).'),
});

const change = z.strictObject({
  account: reference.describe('Number of the account.'),
  amount: money.min(1).exactOptional().describe('"amount": so much. "flag": 1.'),
  months: whole.min(1).max(120).exactOptional().describe('"until": moved on by so many months.'),
});

const copaymentLine = z.strictObject({
  plans: listOf(claim, 64).describe('Plans that the line is for.'),
  classes: listOf(claim, 64).exactOptional().describe('Classes that it is for. Left out: every class.'),
  amount: money.exactOptional().describe('What the holder pays of one unit, in minor units (piasters, fils).'),
  permille: whole.min(0).max(1000).exactOptional().describe('Or thousandths of the price: 100 is a tenth.'),
  max: money.min(1).exactOptional().describe('Most that the holder pays for one service, in minor units.'),
});

const price = z.strictObject({
  amount: money.min(1).describe('Of one unit, in minor units of the currency (piasters, fils).'),
  copayment: z
    .strictObject({
      lines: listOf(copaymentLine, 64).describe(
        'The first line that names the holder’s plan and class counts; none: all of it.',
      ),
    })
    .exactOptional()
    .describe('The holder’s part. Left out: the holder pays all.'),
});

const paperKind = z.enum(PAPER_KINDS);
const paperUse = z.strictObject({
  kind: paperKind.describe('Kind of the paper that is used up, one unit for each unit.'),
  exemptions: listOf(id, 16)
    .exactOptional()
    .describe('Ids of exemptions that stand in for the paper, each use of them audited.'),
});
const paperRule = z.strictObject({
  kind: paperKind.describe('Kind of the paper that is written.'),
  for: listOf(reference, 64).describe('Numbers of the commodities that it may be written for.'),
  days: whole.min(1).max(3660).describe('Days that it holds, that of writing included.'),
  quantityMax: whole.min(1).max(10_000).describe('Most units that it may be written for.'),
  chooseSiteKind: id
    .exactOptional()
    .describe('The holder chooses one of the accredited sites of this kind. Left out: any site may take it.'),
});

const commodity = z.strictObject({
  id: id.describe('Short name, for people who maintain the policy and for reports.'),
  number,
  name: texts,
  unit: countedTexts,
  quotas: z
    .array(quota)
    .min(
      1,
      told(
        'a commodity without any quota would be unlimited',
        'add the most that a card may have in a day, month, year or once',
      ),
    )
    .max(8)
    .describe('All of them hold at once.'),
  carryOver: carryOver.exactOptional(),
  aheadDays: whole
    .min(1)
    .max(31)
    .exactOptional()
    .describe('The quota of the day may be collected so many days ahead. Needs exactly one quota for the day.'),
  needs: listOf(need, 8)
    .exactOptional()
    .describe('What the card must show before: points, paid contributions, activation. All of it.'),
  gives: listOf(change, 8).exactOptional().describe('What one unit adds to accounts of the card.'),
  costs: listOf(change, 8)
    .exactOptional()
    .describe('What one unit takes off accounts of the card; refused where there is not enough.'),
  price: price.exactOptional().describe('What it costs in money. Left out: nothing.'),
  consumes: paperUse.exactOptional().describe('The paper that it needs and uses up.'),
  writes: paperRule.exactOptional().describe('The paper that it writes.'),
  roles: ids.exactOptional().describe('Roles of operators who may do it. Left out: those of the programme.'),
  siteKinds: ids.exactOptional().describe('Kinds of sites that may do it. Left out: those of the programme.'),
});

const account = z.strictObject({
  id: id.describe('Short name.'),
  number,
  kind: z
    .enum(['amount', 'until', 'flag'])
    .describe(
      '"amount": a balance, never below zero (points, money). "until": the last day on which something holds (contributions). "flag": 0 or 1 (activated).',
    ),
  name: texts,
  max: money
    .min(1)
    .describe(
      'Most that an "amount" may come to. A "flag": 1. An "until": its last possible day, in days since 1970-01-01.',
    ),
  needsProof: z.boolean().exactOptional().describe('True where only a card that proves itself may hold it (a purse).'),
});

const place = z.strictObject({
  siteKinds: ids
    .exactOptional()
    .describe('Kinds of sites, e.g. "bakery", "family-unit", "hospital", "pharmacy", "post-office".'),
  accredited: z.boolean().exactOptional().describe('True: only at sites on the list of accredited ones.'),
  areas: listOf(shownText(80), 256)
    .exactOptional()
    .describe('Governorates or districts in which it is rolled out. Left out: all.'),
  roles: ids.exactOptional().describe('Roles of operators.'),
  portability: z
    .enum(['home', 'area', 'any'])
    .exactOptional()
    .describe(
      '"home": at the holder’s home site only. "area": at sites of its area. "any": everywhere, as when left out.',
    ),
});

const programme = z.strictObject({
  id: id.describe('Short name.'),
  number,
  title: texts,
  family: whole.min(1).max(255).describe('Which ledger on the card: 1 rations, 2 health.'),
  schemes: z.array(claim).max(64).describe('Ration schemes whose cards may draw.'),
  commodities: listOf(commodity, 16),
  doubtfulLedgerMax: whole
    .min(0)
    .max(1_000_000)
    .describe('Most of each commodity to a card whose newest ledger record is damaged or not trusted here; 0 refuses.'),
  copyableMaxDay: whole
    .min(0)
    .max(1_000_000)
    .exactOptional()
    .describe('Most of each commodity in a day to a card that can be copied; 0 refuses such cards.'),
  olderEndorsement: z
    .enum(['rewrite', 'refuse'])
    .exactOptional()
    .describe('What becomes of a card that shows an older endorsement than was seen on it. Left out: rewrite.'),
  voids: z
    .strictObject({
      withinSeconds: whole.min(1).max(86_400).describe('Seconds after the service.'),
      perDayMax: whole.min(1).max(1000).describe('At one terminal in one day.'),
    })
    .exactOptional()
    .describe('Within what a supervisor may take back what was not handed over. Left out: never.'),
  accounts: listOf(account, 32).exactOptional().describe('What the card keeps besides use.'),
  coverage: z
    .strictObject({
      plans: listOf(
        z.strictObject({ plan: claim, classes: listOf(claim, 64).exactOptional().describe('Left out: every class.') }),
        64,
      ),
      waitingDays: whole
        .min(1)
        .max(3660)
        .exactOptional()
        .describe('Days after the issue of the card before it counts.'),
    })
    .exactOptional()
    .describe('Whose coverage counts. Left out: the schemes say who may draw.'),
  place: place.exactOptional().describe('Who may serve it, and where. Left out: every site and every operator.'),
  dates: z
    .strictObject({
      from: day.exactOptional().describe('First day.'),
      until: day.exactOptional().describe('Last day.'),
    })
    .exactOptional()
    .describe('Days on which it is served, both included, by the calendar of the site.'),
  campaign: z
    .strictObject({
      sites: ids.exactOptional().describe('Names of sites. Left out: every site that the place allows.'),
      roster: id.exactOptional().describe('Name of the list of persons. Left out: everybody.'),
      withoutCard: z
        .boolean()
        .exactOptional()
        .describe('True: persons of the roster are served without a card as well.'),
    })
    .exactOptional()
    .describe('A day or weeks of services, counted apart from all else.'),
  offline: z
    .strictObject({
      unitsMax: whole
        .min(1)
        .max(10_000_000)
        .exactOptional()
        .describe('Units of all commodities that one terminal serves between two contacts with the centre.'),
      servicesMax: whole
        .min(1)
        .max(1_000_000)
        .exactOptional()
        .describe('Services that one terminal does between two contacts.'),
      ladder: listOf(
        z.strictObject({
          afterDays: whole.min(1).max(3660).describe('From so many days without contact on …'),
          permille: whole
            .min(0)
            .max(1000)
            .describe('… at most so many thousandths of each quota of the day; 0 refuses.'),
        }),
        16,
      )
        .exactOptional()
        .describe('Steps by days without contact, ascending; the last one that is reached counts.'),
      daysWithoutSignedTimeMax: whole
        .min(1)
        .max(3660)
        .exactOptional()
        .describe('Days without time signed by the centre or the authority, after which nothing is served.'),
    })
    .exactOptional()
    .describe('Bounds on serving while the centre is not heard of.'),
  secondFactor: z
    .strictObject({
      media: ids.exactOptional().describe('On these kinds of cards, always: ntag213, ntag215, ntag216, type4, qr.'),
      fromUnits: units.exactOptional().describe('From so many units in one service on.'),
      accepts: listOf(z.enum(['pin', 'id-document', 'representative-card']), 3).describe(
        'Proofs that do, the first being asked for.',
      ),
    })
    .exactOptional()
    .describe('When holders must prove who they are.'),
  representatives: z
    .strictObject({
      who: z
        .enum(['household', 'named'])
        .describe('"household": a card of the same household. "named": whom the roster names.'),
      perMonthMax: whole.min(1).max(1000).describe('Services for others by one person in a month.'),
    })
    .exactOptional()
    .describe('Who may draw for a holder. Left out: nobody else.'),
  exemptions: listOf(
    z.strictObject({
      id: id.describe('Short name, as commodities name it.'),
      number,
      name: texts,
      roles: ids.describe('Roles of operators who may claim it.'),
      supervisor: z.boolean().describe('Whether a supervisor has to allow it.'),
      perDayMax: whole.min(1).max(1000).describe('Claims at one terminal in one day.'),
    }),
    16,
  )
    .exactOptional()
    .describe('Audited ways round a condition.'),
  isTrial: z
    .boolean()
    .exactOptional()
    .describe('True: decided, shown and recorded, but without effect on any entitlement.'),
});

const members = {
  name: shownText(200).describe('Name of the policy, for people.'),
  timeZone: z
    .string()
    .refine(
      isTimeZone,
      told(
        'a time zone is an IANA name such as Africa/Cairo',
        'write the zone of the sites, by which days and months are counted',
      ),
    )
    .describe('IANA time zone, such as Africa/Cairo: days and months are those of this zone.'),
  currency: z
    .string()
    .regex(
      /^[A-Z]{3}$/,
      told('a currency is three capitals of ISO 4217', 'write its code, such as EGP, AED, MAD or SDG'),
    )
    .exactOptional()
    .describe('ISO 4217 code of every sum in the policy. Left out: it has none.'),
  remindDays: whole
    .min(1)
    .max(366)
    .exactOptional()
    .describe('Holders are told from so many days before their card expires.'),
  programmes: listOf(programme, 64).describe('Ids and numbers are unique.'),
};

const time = z.iso.datetime({
  offset: true,
  message: told('a time is written like 2026-11-21T00:00:00Z', 'write it so'),
});

/** A policy as an analyst writes it: without version and dates, which the authority gives when it signs. `$schema` is for editors and is not signed. */
export const draftShape = z.strictObject({
  $schema: z.string().max(500).exactOptional().describe('Where the schema is; for editors. It is not signed.'),
  ...members,
});

/** A policy as the authority signs it. */
export const signedShape = z.strictObject({ version: z.int().min(1), issuedAt: time, expires: time, ...members });

/** A policy as it was signed, checked. */
export type SignedPolicy = z.infer<typeof signedShape>;

/** A policy as it was written, checked. */
export type DraftPolicy = z.infer<typeof draftShape>;

function isTimeZone(name: string): boolean {
  try {
    calendarOf(name);
    return true;
  } catch {
    return false;
  }
}

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
