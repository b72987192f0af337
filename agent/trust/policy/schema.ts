/**
 * The shape of a policy: members, kinds and bounds. What members have to do with each other is in `policy-references.ts` and `policy-rules.ts`;
 * `policy-check.ts` puts all of it together. Descriptions go into the published JSON Schema: they speak to whoever writes a policy.
 */
import { z } from 'zod';
import { calendarOf } from '../../domain/calendar.js';
import { account, commodity } from './commodity-schema.js';
import { healthRecords } from './health-schema.js';
import { claim, day, id, ids, listOf, money, number, reference, shownText, texts, units, whole } from './parts.js';
import { nearest, told } from './problem.js';

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
  commodities: listOf(commodity, 16).describe(
    'What the programme hands out or does. Numbers are unique over the whole policy.',
  ),
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
  purse: reference
    .exactOptional()
    .describe(
      'Number of the account that holders may pay prices from: of this family, an "amount" with "needsProof", in minor units of the currency. Left out: money alone.',
    ),
  coverage: z
    .strictObject({
      plans: listOf(
        z.strictObject({
          plan: claim.describe('Number of the plan.'),
          classes: listOf(claim, 64).exactOptional().describe('Left out: every class.'),
        }),
        64,
      ).describe('Plans that are covered.'),
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
      fromPurse: money
        .min(1)
        .exactOptional()
        .describe('From so much in one service on that is paid from the purse, in minor units.'),
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
        .describe(
          '"household": a card of the same household. "named": one of at most three cards that the holder\'s card names, as it was issued or by an endorsement.',
        ),
      perMonthMax: whole
        .min(1)
        .max(1000)
        .describe(
          'Services for others by one person in a month, over all programmes. A terminal counts those that it served itself; the centre opens a case for more over all of them.',
        ),
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
    .refine(isTimeZone, { error: (issue) => whichZone(String(issue.input)) })
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
  healthRecords: healthRecords
    .exactOptional()
    .describe('Who may open and write the health records on cards. Left out: nobody.'),
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

/** The zone that ends in the same place, or is nearly spelt so. */
function whichZone(given: string): string {
  const zones = Intl.supportedValuesOf('timeZone');
  const place = (zone: string): string => zone.slice(zone.lastIndexOf('/') + 1).toLowerCase();
  const meant = zones.find((zone) => place(zone) === place(given)) ?? nearest(given, zones);
  const remedy =
    meant === null ? 'write the zone of the sites, by which days and months are counted' : `write "${meant}"`;
  return told('a time zone is an IANA name such as Africa/Cairo', remedy);
}
