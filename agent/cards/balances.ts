/**
 * What a card is to begin with, from a file: the balances of an older system that ends in mid-period, or of paper. Checked against the policy as a whole
 * before anything is signed, every mistake with its path. Things are named as the policy names them: `programme.commodity`, `programme.account`.
 */
import { z } from 'zod';
import { RECORD_HASH_BYTES } from '../credential/ledger.js';
import type { OpeningLedger, Openings } from '../credential/personalise.js';
import { WaslError } from '../domain/errors.js';
import type { LedgerPaper } from '../domain/ledger.js';
import { type Account, type Commodity, PAPER_KINDS, type Programme } from '../domain/policy.js';
import { type HolderShare, quotaOf } from '../services/entitlement.js';
import type { LedgerState } from '../services/service.js';
import { withBalance, withTally, withUsage } from '../services/state.js';
import { dayOfIso } from '../services/time.js';

const units = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const name = z
  .string()
  .max(129)
  .regex(/^[^.\s]+\.[^.\s]+$/, 'things are named programme.commodity or programme.account, as the policy names them');
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'a day is written like 2026-11-22')
  .refine(
    (text) => new Date(Date.parse(`${text}T00:00:00Z`) || 0).toISOString().startsWith(text),
    'there is no such day',
  );

/** The shape of balances, as `balances` of an order or a file of their own have them. See `docs/integrators/personalisation.md`. */
export const balancesSchema = z.strictObject({
  /** The day that the counters count for. */
  asOf: day,
  /** What was used, by commodity: on that day, in its month and year, and ever. */
  used: z
    .record(
      name,
      z.strictObject({
        day: units.default(0),
        month: units.default(0),
        year: units.default(0),
        ever: units.default(0),
      }),
    )
    .default({}),
  /** Values of accounts: a number, a last day, or whether a flag is set. */
  accounts: z.record(name, z.union([units, day, z.boolean()])).default({}),
  /** Papers that hold: referrals, prescriptions, appointments, requests. */
  papers: z
    .array(
      z.strictObject({
        kind: z.enum(PAPER_KINDS),
        for: name,
        left: z.int().min(1).max(65_535),
        until: day,
        site: z.int().min(0).max(65_535).default(0),
      }),
    )
    .max(8)
    .default([]),
});

/** Balances that were checked for their shape, not yet against a policy. */
export type Balances = z.output<typeof balancesSchema>;

/** What balances are held against. */
export interface BalancesContext {
  readonly programmes: readonly Programme[];
  /** Of the order: what quotas are multiplied by. */
  readonly holder: HolderShare;
  /** Day on which the card is made, in days since 1970-01-01: nothing is as of a later one. */
  readonly today: number;
}

/** Reads balances. Throws `ERR_ORDER_BALANCES` that names every mistake by its path. */
export function parseBalances(value: unknown, from: string): Balances {
  const parsed = balancesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the balances'}: ${issue.message}`);
  throw new WaslError('ERR_ORDER_BALANCES', `${from}: ${problems.join('; ')}`);
}

/**
 * The first records that state these balances. Throws `ERR_ORDER_BALANCES` with every mistake and its path: what the policy does not have, what is above a
 * quota or an account's most, papers that nothing uses.
 */
export function openingsOf(balances: Balances, context: BalancesContext, from: string): Openings {
  const problems: string[] = [];
  const book = new Book(balances, context, (path, what) => problems.push(`${path}: ${what}`));
  const openings = book.openings();
  if (problems.length > 0) throw new WaslError('ERR_ORDER_BALANCES', `${from}: ${problems.join('; ')}`);
  return openings;
}

type Used = Balances['used'][string];

/** Puts balances into the ledgers that they belong to. */
class Book {
  readonly #balances: Balances;
  readonly #context: BalancesContext;
  readonly #problem: (path: string, what: string) => void;
  readonly #day: number;
  readonly #ledgers = new Map<number, LedgerState>();

  constructor(balances: Balances, context: BalancesContext, problem: (path: string, what: string) => void) {
    this.#balances = balances;
    this.#context = context;
    this.#problem = problem;
    this.#day = dayOfIso(balances.asOf);
  }

  openings(): Openings {
    const { used, accounts, papers, asOf } = this.#balances;
    if (this.#day > this.#context.today) this.#problem('asOf', `${asOf} is after the day on which the card is made`);
    for (const [called, amounts] of Object.entries(used)) this.#use(called, amounts);
    for (const [called, value] of Object.entries(accounts)) this.#put(called, value);
    for (const [at, paper] of papers.entries()) this.#carry(at, paper);
    // Numbers of papers are those of records before the first one.
    const firstSequence = papers.length + (papers.length % 2);
    return new Map(
      [...this.#ledgers].map(([family, state]): [number, OpeningLedger] => [
        family,
        { ...state, firstSequence, previous: new Uint8Array(RECORD_HASH_BYTES) },
      ]),
    );
  }

  #use(called: string, used: Used): void {
    const found = this.#commodity(called);
    const path = `used.${called}`;
    if (found === null) {
      this.#problem(path, 'the policy has no such commodity');
      return;
    }
    const { programme, commodity } = found;
    const { holder } = this.#context;
    const spans = { day: used.day, month: used.month, year: used.year, once: used.ever } as const;
    for (const every of ['day', 'month', 'year', 'once'] as const) {
      const quota = quotaOf(commodity, every, holder);
      const member = every === 'once' ? 'ever' : every;
      if (quota !== null && spans[every] > quota)
        this.#problem(`${path}.${member}`, `${spans[every]} is above the quota, ${quota}`);
      if (quota === null && spans[every] > 0 && (every === 'year' || every === 'once'))
        this.#problem(`${path}.${member}`, 'the policy has no quota that counts it');
    }
    if (used.day > used.month) this.#problem(`${path}.month`, 'is less than what was used on the day');
    if (spans.year > 0 && used.month > used.year)
      this.#problem(`${path}.year`, 'is less than what was used in the month');
    const { number } = commodity;
    const state = withUsage(this.#ledger(programme), { commodity: number, usedDay: used.day, usedMonth: used.month });
    const tally = { commodity: number, usedYear: used.year, usedEver: used.ever, ahead: 0 };
    this.#ledgers.set(programme.family, withTally(state, tally));
  }

  #put(called: string, value: number | string | boolean): void {
    const path = `accounts.${called}`;
    const [id = '', accountId = ''] = called.split('.');
    const programme = this.#context.programmes.find((one) => one.id === id);
    const account = programme?.accounts?.find((one) => one.id === accountId);
    if (programme === undefined || account === undefined) {
      this.#problem(path, 'the policy has no such account');
      return;
    }
    const amount = amountOf(account, value);
    if (typeof amount === 'string') {
      this.#problem(path, amount);
      return;
    }
    const most = account.kind === 'flag' ? 1 : account.max;
    if (amount > most) {
      this.#problem(path, `${String(value)} is above the most that the account holds`);
      return;
    }
    this.#ledgers.set(programme.family, withBalance(this.#ledger(programme), account.number, amount));
  }

  #carry(at: number, paper: Balances['papers'][number]): void {
    const path = `papers.${at}`;
    const found = this.#commodity(paper.for);
    if (found === null) {
      this.#problem(`${path}.for`, 'the policy has no such commodity');
      return;
    }
    const { programme, commodity } = found;
    if (commodity.consumes?.kind !== paper.kind) {
      this.#problem(`${path}.kind`, `${paper.for} uses up no ${paper.kind}`);
      return;
    }
    const untilDay = dayOfIso(paper.until);
    if (untilDay < this.#day) {
      this.#problem(`${path}.until`, 'the paper held no more on the day of the balances');
      return;
    }
    const { left, site } = paper;
    const most = this.#writable(programme.family, paper.kind, commodity.number);
    if (left > most) {
      this.#problem(`${path}.left`, `${left} is more than such a paper is written for, ${most}`);
      return;
    }
    const kind = PAPER_KINDS.indexOf(paper.kind);
    const written: LedgerPaper = { kind, number: at, commodity: commodity.number, left, untilDay, site };
    const state = this.#ledger(programme);
    const more = { ...state.more, papers: [...state.more.papers, written] };
    this.#ledgers.set(programme.family, { ...state, more });
  }

  /** Most units that a paper for a commodity may be written for; without anybody who writes it, any. */
  #writable(family: number, kind: string, commodity: number): number {
    const rules = this.#context.programmes
      .filter((one) => one.family === family)
      .flatMap(({ commodities }) => commodities.flatMap(({ writes }) => (writes === undefined ? [] : [writes])))
      .filter((rule) => rule.kind === kind && rule.for.includes(commodity));
    return rules.length === 0
      ? Number.MAX_SAFE_INTEGER
      : rules.reduce((most, rule) => Math.max(most, rule.quantityMax), 0);
  }

  #commodity(called: string): { readonly programme: Programme; readonly commodity: Commodity } | null {
    const [id = '', commodityId = ''] = called.split('.');
    const programme = this.#context.programmes.find((one) => one.id === id);
    const commodity = programme?.commodities.find((one) => one.id === commodityId);
    return programme === undefined || commodity === undefined ? null : { programme, commodity };
  }

  #ledger({ family }: Programme): LedgerState {
    const empty = { day: this.#day, usage: [], more: { tallies: [], balances: [], papers: [] } };
    return this.#ledgers.get(family) ?? empty;
  }
}

/** The value as the ledger has it, or what is wrong with it. */
function amountOf({ kind }: Account, value: number | string | boolean): number | string {
  if (kind === 'until') return typeof value === 'string' ? dayOfIso(value) : 'takes a day, like 2027-02-28';
  if (kind === 'flag') return typeof value === 'boolean' ? Number(value) : 'takes true or false';
  return typeof value === 'number' ? value : 'takes a whole number';
}
