/** A card, a desk and a day, as somebody who tries out a policy describes them: what is not said is taken as it suits. */
import { z } from 'zod';
import { WaslError } from '../../domain/errors.js';
import type { LedgerPaper, LedgerTally, LedgerUsage } from '../../domain/ledger.js';
import { PAPER_KINDS, type Policy, type Programme } from '../../domain/policy.js';
import type { ServiceSnapshot } from '../../services/service.js';
import type { CommodityRules } from './lookup.js';

const whole = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/, 'a day is written like 2026-11-21')
  .transform((text) => Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / 86_400_000)
  .refine(Number.isInteger, 'there is no such day');

const used = z.strictObject({
  day: whole.default(0),
  month: whole.default(0),
  year: whole.default(0),
  ever: whole.default(0),
  ahead: whole.default(0),
});

/** An order of `wasl card issue` fits here too: who the person is makes no difference to any rule. */
const cardSchema = z
  .strictObject({
    card: whole.default(1),
    household: whole.default(1),
    householdSize: z.int().min(1).max(99).default(1),
    draws: z.int().min(1).max(99).optional(),
    homeSite: whole.default(0),
    homeArea: z.string().nullable().default(null),
    coverage: z
      .strictObject({ plan: whole, class: whole, familyUnit: whole.default(0) })
      .nullable()
      .default(null),
    rationScheme: whole.nullable().default(null),
    issued: day.optional(),
    expires: day.optional(),
    rosters: z.array(z.string()).max(100).default([]),
    medium: z.enum(['type4', 'ntag216', 'ntag215', 'ntag213', 'qr', 'none']).default('type4'),
    ledgerDay: day.optional(),
    used: z.record(z.string(), used).default({}),
    accounts: z.record(z.string(), z.union([whole, day, z.boolean()])).default({}),
    papers: z
      .array(
        z.strictObject({
          kind: z.enum(PAPER_KINDS),
          for: z.string(),
          left: z.int().min(1).default(1),
          until: day.optional(),
          site: whole.default(0),
        }),
      )
      .max(100)
      .default([]),
    identity: z.unknown().optional(),
    notBefore: z.unknown().optional(),
  })
  .refine((card) => (card.draws ?? 1) <= card.householdSize, {
    path: ['draws'],
    message: 'a card cannot draw for more persons than the household has',
  });

/** What a card says and has used, as it was described. */
export type CardCase = z.output<typeof cardSchema>;

/** Reads a description of a card. Throws `ERR_USAGE` that names every mistake. */
export function parseCardCase(value: unknown, from: string): CardCase {
  const parsed = cardSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'the card'}: ${issue.message}`);
  throw new WaslError('ERR_USAGE', `${from} does not describe a card:\n${problems.join('\n')}`);
}

/** Where and by whom it is served. */
export interface DeskCase {
  readonly day: number;
  /** Null: a kind that may serve what is asked for. */
  readonly siteKind: string | null;
  readonly area: string | null;
  readonly role: string | null;
  readonly siteNumber: number;
  readonly siteName: string | null;
  readonly offlineDays: number;
}

/** The snapshot that the decision on one commodity is made from. */
export function snapshotOf(
  policy: Policy,
  what: { readonly programme: Programme; readonly commodity: CommodityRules },
  by: { readonly card: CardCase; readonly desk: DeskCase },
): ServiceSnapshot {
  const { programme, commodity } = what;
  const { card, desk } = by;
  const { place, campaign } = programme;
  return {
    policy,
    programme,
    site: {
      number: desk.siteNumber,
      name: desk.siteName ?? campaign?.sites?.[0] ?? 'site',
      kind: desk.siteKind ?? commodity.siteKinds?.[0] ?? place?.siteKinds?.[0] ?? 'site',
      area: desk.area ?? place?.areas?.[0] ?? '',
      accredited: true,
    },
    operator: { number: 1, role: desk.role ?? commodity.roles?.[0] ?? place?.roles?.[0] ?? 'clerk' },
    holder: {
      card: card.medium === 'none' ? null : card.card,
      household: card.household,
      householdSize: card.householdSize,
      draws: card.draws ?? card.householdSize,
      homeSite: card.homeSite,
      homeArea: card.homeArea,
      coverage: card.coverage,
      rationScheme: card.rationScheme,
      issuedDay: card.issued ?? desk.day - 3650,
      expiresDay: card.expires ?? desk.day + 3650,
      rosters: card.rosters,
    },
    ledger: {
      day: card.ledgerDay ?? desk.day,
      ...usedBy(policy, card, desk),
      nextSequence: 2,
      isDoubtful: false,
    },
    medium: { kind: card.medium, isCopyable: card.medium !== 'type4' && card.medium !== 'none' },
    exposure: {
      daysSinceContact: desk.offlineDays,
      daysSinceSignedTime: desk.offlineDays,
      units: 0,
      services: 0,
      exemptionsToday: [],
      representedThisMonth: [],
    },
    day: desk.day,
    timeSec: desk.day * 86_400 + 43_200,
    versions: VERSIONS,
  };
}

/** Nothing was signed yet. */
const VERSIONS = { keys: 0, hotlist: 0, policy: 0, time: 'signed' } as const;

/** Use, accounts and papers by their numbers. Throws `ERR_USAGE` for an id that the policy does not have. */
function usedBy(policy: Policy, card: CardCase, desk: DeskCase) {
  const usage: LedgerUsage[] = [];
  const tallies: LedgerTally[] = [];
  for (const [id, one] of Object.entries(card.used)) {
    const commodity = commodityNumber(policy, id);
    usage.push({ commodity, usedDay: one.day, usedMonth: Math.max(one.month, one.day) });
    tallies.push({
      commodity,
      usedYear: Math.max(one.year, one.month, one.day),
      usedEver: Math.max(one.ever, one.year, one.month, one.day),
      ahead: one.ahead,
    });
  }
  const balances = Object.entries(card.accounts).map(([id, value]) => ({
    account: accountNumber(policy, id),
    value: Number(value),
  }));
  const papers = card.papers.map(
    (one, i): LedgerPaper => ({
      kind: PAPER_KINDS.indexOf(one.kind),
      number: i + 1,
      commodity: commodityNumber(policy, one.for),
      left: one.left,
      untilDay: one.until ?? desk.day,
      site: one.site,
    }),
  );
  return { usage, more: { tallies, balances, papers } };
}

function commodityNumber({ programmes }: Policy, id: string): number {
  const all = programmes.flatMap((one) => one.commodities.map((commodity) => ({ programme: one.id, commodity })));
  const found = all.filter(({ programme, commodity }) => id === commodity.id || id === `${programme}.${commodity.id}`);
  return onlyOne(
    found.map(({ commodity }) => commodity.number),
    { what: 'commodity', id, known: all.map((one) => `${one.programme}.${one.commodity.id}`) },
  );
}

function accountNumber({ programmes }: Policy, id: string): number {
  const all = programmes.flatMap((one) => one.accounts ?? []);
  const found = all.filter((one) => one.id === id).map((one) => one.number);
  return onlyOne(found, { what: 'account', id, known: all.map((one) => one.id) });
}

function onlyOne(
  found: readonly number[],
  of: { readonly what: string; readonly id: string; readonly known: readonly string[] },
): number {
  const [number, another] = found;
  if (number !== undefined && another === undefined) return number;
  const why = number === undefined ? `has no ${of.what} "${of.id}"` : `has several of the name "${of.id}"`;
  throw new WaslError('ERR_USAGE', `the policy ${why}; use one of ${of.known.join(', ')}`);
}
