/** The shape of commodities and of the accounts that they work on. Descriptions go into the published JSON Schema. */
import { z } from 'zod';
import { PAPER_KINDS } from '../../domain/policy.js';
import { claim, countedTexts, id, ids, listOf, money, number, reference, texts, units, whole } from './parts.js';
import { told } from './problem.js';

/** Whom a line is for, as quotas and copayments state it. */
const holders = {
  schemes: listOf(claim, 64).exactOptional().describe('Ration schemes that the line is for. Left out: every scheme.'),
  plans: listOf(claim, 64).exactOptional().describe('Plans of coverage that the line is for. Left out: every plan.'),
  classes: listOf(claim, 64).exactOptional().describe('Classes of coverage that it is for. Left out: every class.'),
};

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
  lines: listOf(
    z.strictObject({
      ...holders,
      amount: whole.min(0).max(1_000_000).describe('The amount for these holders; 0: nothing.'),
    }),
    64,
  )
    .exactOptional()
    .describe('Other amounts for some holders. The first line that names the holder counts; none: "amount".'),
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
  ...holders,
  amount: money.exactOptional().describe('What the holder pays of one unit, in minor units (piasters, fils).'),
  permille: whole.min(0).max(1000).exactOptional().describe('Or thousandths of the price: 100 is a tenth.'),
  max: money.min(1).exactOptional().describe('Most that the holder pays for one service, in minor units.'),
});

const price = z.strictObject({
  amount: money.min(1).describe('Of one unit, in minor units of the currency (piasters, fils).'),
  copayment: z
    .strictObject({
      lines: listOf(copaymentLine, 64).describe(
        'The first line that names the holder counts; none: the holder pays all of it. A line that names nobody is for everybody.',
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
  slip: z
    .boolean()
    .exactOptional()
    .describe(
      'True: printed as a signed slip with a QR code where no ledger can take it (a full card, a card without such a ledger, a person without a card); such slips are taken.',
    ),
});

/** A commodity. */
export const commodity = z.strictObject({
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

/** An account. */
export const account = z.strictObject({
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
      'Most that an "amount" may come to; what would be above it is refused. A "flag" and an "until": 1, nothing looks at it.',
    ),
  needsProof: z.boolean().exactOptional().describe('True where only a card that proves itself may hold it (a purse).'),
});
