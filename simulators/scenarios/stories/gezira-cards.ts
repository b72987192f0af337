/**
 * Gezira's cards, modernised: tags that were issued in mid-year with what an older system had come to are replaced by smart cards at a desk, while one of
 * the localities is without a network; two holders have lost theirs, and one of the lost cards goes on being used.
 */
import type { PolicyDocument } from '../authority.js';
import type { Holder } from '../cast.js';
import { exactly } from '../wishes.js';
import type { World } from '../world.js';

const [INSURANCE, DUES] = ['insurance', 'dues'] as const;
const [SPECIALIST, CONTRIBUTION] = [421, 422] as const;
const PAID_UNTIL = 421;
const WORDS = { ar: 'أخصائي', fr: 'spécialiste', en: 'specialist' };
/** Visits that a person may have in a year. */
const VISITS_A_YEAR = 6;
const DESK = 'card-office';
const CLINICS = ['medani-clinic', 'hasahisa-clinic', 'managil-clinic'] as const;
const [OFFLINE, ONLINE] = CLINICS;
/** Visits of each in this year, by the older system; whose contributions end before the year does. */
const VISITED = [3, 4, 2, 5, 3, 4, 2, 3] as const;
const UNPAID = 3;
/** Who has lost a card, and whose card somebody else found. */
const [LOST, FOUND] = [5, 4] as const;
const IN_HAND = [0, 1, 2, 3] as const;
/** Days of the story on which cards are replaced, on which the lost one is used, and on which the network is back. */
const [REPLACED_ON, FOUND_ON, BACK_ON] = [4, 5, 7] as const;

/** The benefit that is counted by the year, and the contributions that it needs. */
export function insurance(policy: PolicyDocument): PolicyDocument {
  const { programmes } = policy as unknown as { programmes: object[] };
  const covered = { family: 1, schemes: [2], doubtfulLedgerMax: 0, coverage: { plans: [{ plan: 1 }] } };
  const dues = {
    ...{ id: 'contribution', number: CONTRIBUTION, name: WORDS, unit: WORDS, price: { amount: 5_000 } },
    quotas: [{ per: 'card', every: 'month', amount: 1 }],
    gives: [{ account: PAID_UNTIL, months: 1 }],
  };
  const visit = {
    ...{ id: 'specialist', number: SPECIALIST, name: WORDS, unit: WORDS, needs: [{ account: PAID_UNTIL }] },
    quotas: [
      { per: 'card', every: 'day', amount: 1 },
      { per: 'card', every: 'year', amount: VISITS_A_YEAR },
    ],
  };
  const account = { id: 'paid-until', number: PAID_UNTIL, kind: 'until', name: WORDS, max: 22_000 };
  programmes.push(
    { ...covered, id: DUES, number: 404, title: WORDS, accounts: [account], commodities: [dues] },
    { ...covered, id: INSURANCE, number: 403, title: WORDS, commodities: [visit] },
  );
  return policy;
}

/** Programmes that a clinic serves besides its own. */
export const INSURED_PROGRAMMES = [INSURANCE, DUES] as const;

/** The insured whose cards are modernised. */
export class Modernised {
  readonly #world: World;
  /** With the card that each has now. */
  readonly #holders: Holder[];
  readonly #before: readonly Holder[];

  private constructor(world: World, holders: readonly Holder[]) {
    this.#world = world;
    this.#holders = [...holders];
    this.#before = holders;
  }

  /** Opens the desk, and issues the older cards with what they begin with. */
  static async open(world: World): Promise<Modernised> {
    const place = { kind: 'insurance-office', area: 'medani', accredited: true };
    await world.openTerminal(DESK, { ...place, site: DESK, programme: INSURANCE });
    let next = 0;
    const holders = await world.issue(VISITED.length, {
      ...{ scheme: 2, coverage: { plan: 1, class: 1, familyUnit: 7 } },
      balances: () => {
        const at = next;
        next += 1;
        return {
          asOf: '2026-12-02',
          used: { 'insurance.specialist': { year: VISITED[at] ?? 0 } },
          accounts: { 'dues.paid-until': at === UNPAID ? '2026-12-03' : '2026-12-31' },
        };
      },
    });
    return new Modernised(world, holders);
  }

  /** What happens on a day. */
  async live(day: number): Promise<void> {
    if (day === REPLACED_ON) await this.#replaceAll();
    else if (day < REPLACED_ON) await this.#visitBefore(day);
    else await this.#visitAfter(day);
    if (day === FOUND_ON) await this.#visit(OFFLINE, this.#before[FOUND]);
    if (day === BACK_ON) await this.#visit(ONLINE, this.#before[FOUND]);
  }

  /** One visits where there is no network, which the centre hears of when it is too late for the new card; another pays what is due. */
  async #visitBefore(day: number): Promise<void> {
    for (const [at, holder] of this.#holders.entries()) {
      if ((at + day) % 3 === 0 && at !== FOUND) await this.#visit(at === LOST ? ONLINE : clinicOf(at, day), holder);
    }
    if (day === 1) await this.#visit(ONLINE, this.#holders[FOUND]);
    if (day === REPLACED_ON - 1) await this.#visit(OFFLINE, this.#holders[FOUND]);
    const unpaid = this.#holders[UNPAID];
    if (day === 2 && unpaid !== undefined)
      await this.#world.tap(ONLINE, unpaid, exactly(CONTRIBUTION, 1), { programme: DUES });
  }

  async #replaceAll(): Promise<void> {
    const world = this.#world;
    await world.sync();
    for (const at of [...IN_HAND, FOUND, LOST]) {
      const holder = this.#holders[at];
      if (holder === undefined) continue;
      this.#holders[at] = await world.replace(DESK, holder, at === FOUND || at === LOST ? 'lost' : 'in-hand');
    }
    // They try the old card once more: where the list has come, and where it has not.
    for (const at of IN_HAND) await this.#visit(at % 2 === 0 ? OFFLINE : ONLINE, this.#before[at]);
    await this.#visitAfter(REPLACED_ON);
  }

  async #visitAfter(day: number): Promise<void> {
    for (const [at, holder] of this.#holders.entries()) await this.#visit(clinicOf(at, day), holder);
  }

  async #visit(clinic: string, holder: Holder | undefined): Promise<void> {
    if (holder !== undefined) await this.#world.tap(clinic, holder, exactly(SPECIALIST, 1), { programme: INSURANCE });
  }
}

function clinicOf(at: number, day: number): string {
  return CLINICS[(at + day) % CLINICS.length] ?? ONLINE;
}
