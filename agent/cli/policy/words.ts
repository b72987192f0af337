/** The sentences in which a policy is told to people: one for each rule that a policy can state, in each language. */
import type { CountedForms } from '../../domain/texts.js';

/** What sentences are built with. */
export interface Speech {
  /** A number in the digits of the language. */
  number(value: number): string;
  /** A number with its counted word. */
  counted(count: number, forms: CountedForms): string;
  /** A sum in minor units, with its currency. */
  money(minor: number): string;
  /** Thousandths as per cent. */
  rate(permille: number): string;
  /** Several, joined by "and". */
  list(items: readonly string[]): string;
  /** Several, joined by "or". */
  any(items: readonly string[]): string;
}

/** One sentence for each rule; values come formatted. */
export interface Words {
  readonly day: CountedForms;
  readonly month: CountedForms;
  readonly service: CountedForms;
  readonly unit: CountedForms;
  readonly per: Readonly<Record<'member' | 'household' | 'card', string>>;
  readonly every: Readonly<Record<'day' | 'month' | 'year' | 'once', string>>;
  readonly paper: Readonly<Record<'referral' | 'prescription' | 'appointment' | 'request', string>>;
  readonly factor: Readonly<Record<'pin' | 'id-document' | 'representative-card', string>>;
  readonly every_class: string;
  readonly everybody: string;
  /** Whom a line is for, in small letters. */
  readonly holder: Readonly<Record<'scheme' | 'plan' | 'class', (list: string) => string>>;
  readonly validity: readonly [holds: string, stops: string];
  schemes(list: string): string;
  plan(plan: string, classes: string): string;
  waiting(days: string): string;
  siteKinds(list: string): string;
  accredited(): string;
  areas(list: string): string;
  home(where: 'home' | 'area' | 'any'): string;
  roles(list: string): string;
  dates(from: string | null, until: string | null): string;
  campaignSites(list: string): string;
  roster(name: string, withoutCard: boolean): string;
  doubtful(most: number, said: string): string;
  copyable(most: number, said: string): string;
  voids(minutes: string, perDay: string): string;
  offlineUnits(units: string): string;
  offlineServices(services: string): string;
  ladder(days: string, rate: string): string;
  signedTime(days: string): string;
  factorRule(when: string, accepts: string): string;
  factorMedia(media: string): string;
  factorUnits(units: string): string;
  factorPurse(sum: string): string;
  representatives(who: 'household' | 'named', services: string): string;
  exemption(
    name: string,
    rule: { readonly roles: string; readonly perDay: string; readonly supervisor: boolean },
  ): string;
  trial(): string;
  account(name: string, kind: 'amount' | 'until' | 'flag', max: string): string;
  quota(amount: string, per: string, every: string): string;
  /** Another amount for some; `each`: per whom and how often. */
  quotaLine(who: string, amount: string, each: string): string;
  convert(each: string, account: string): string;
  accumulate(max: string, account: string): string;
  ahead(days: string): string;
  /** `value`: the days of grace of an `until`, null for none; the least of an `amount`. */
  needs(
    account: string,
    what: { readonly kind: 'amount' | 'until' | 'flag'; readonly value: string | null; readonly except: string | null },
  ): string;
  gives(account: string, what: string): string;
  costs(account: string, what: string): string;
  price(sum: string): string;
  purse(account: string): string;
  copayment(who: string, part: string, max: string | null): string;
  consumes(paper: string, exemptions: string | null): string;
  writes(
    paper: string,
    rule: { readonly for: string; readonly days: string; readonly most: string; readonly choose: string | null },
  ): string;
  slip(paper: string): string;
}
