/**
 * A desk that serves persons without a card as well. The taps of cards are those of `tap.ts`, unchanged; a search lies over them:
 *
 *            search            choose                confirm
 *   idle ───────────▶ search ─────────▶ listed-offer ───────▶ listed-granted ─ handover ─▶ idle
 *    ▲                  │ ▲ find             │ cancel
 *    │◀──── cancel ─────┘ └──────────────────┘
 *    │◀─── dismiss ─── listed-refused ◀── not allowed, nothing left, not recorded
 *
 * A service that is paid for at a machine goes by way of `listed-paying`; declined or given up, back to the offer. What nobody has handed over can be taken back, without
 * any card:
 *
 *                                     ask back                allowed, recorded
 *   listed-granted, listed-refused, idle ─────▶ listed-authorise ─────────────▶ listed-voided ─ dismiss ─▶ idle
 *                                        denied │ ▲ │ cancel ─▶ idle
 *                                               └─┘
 *
 * The slip of such a person leads to the offer without a search: of what is on it. A card that is presented meanwhile goes before: what lies over the taps is withdrawn, except while it is being recorded.
 */

import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { ListedPerson } from '../domain/person.js';
import type { UndispensedGift } from '../journal/journal.js';
import { claimed, firstOffer } from './claims.js';
import { type TapDeps, versionsNow } from './examine.js';
import type { PersonLists } from './person-list.js';
import type { PersonTap } from './person-port.js';
import type { ChosenPerson, ListDesk } from './person-serve.js';
import * as people from './person-serve.js';
import { CANCELLABLE_LISTED, type DeskState, MAY_ASK_BACK, type PersonState } from './person-states.js';
import { personVoidRefusal, voidPerson } from './person-void.js';
import { isRecordedWhenChosen, refusalRecorder } from './refusals.js';
import { newTapId } from './reports.js';
import { type RequestedService, requestedOf } from './serve.js';
import { slipOfPerson } from './slip.js';
import type { ReadSlip } from './snapshot.js';
import { mayPayAgain, TAKES_SLIP } from './states.js';
import { type Tap, voidTapId } from './tap.js';

/** The desk as others see it. */
export type { PersonTap } from './person-port.js';
/** Where a desk stands with somebody who has no card. */
export type { DeskState, PersonState } from './person-states.js';

/** Most persons that are shown of a search. */
export const FOUND_MAX = 8;

/** Lays the search over the taps of cards. */
export function createPersonTap(tap: Tap, deps: TapDeps, lists: PersonLists): PersonTap {
  return new ListedPersonTap(tap, deps, lists);
}

class ListedPersonTap implements PersonTap {
  readonly #tap: Tap;
  readonly #deps: TapDeps;
  readonly #lists: PersonLists;
  readonly #refusals = refusalRecorder();
  readonly #listeners = new Set<() => void>();
  /** Null while the taps of cards have the desk. */
  #over: PersonState | null = null;
  #isRecording = false;
  /** What is being confirmed as handed over, and what is asked to be taken back: never both of one. */
  readonly #handing = new Set<string>();

  constructor(tap: Tap, deps: TapDeps, lists: PersonLists) {
    this.#tap = tap;
    this.#deps = deps;
    this.#lists = lists;
  }

  state = (): DeskState => this.#over ?? this.#tap.state();

  canSearch = (): boolean => !('code' in people.listAtDesk(this.#deps, this.#desk()));

  personOf = (roster: number, person: number): ListedPerson | null =>
    this.#lists.numbered(roster, Math.floor(this.#deps.time.now().ms / 1000))?.roster.person(person) ?? null;

  present: Tap['present'] = async (card, capabilities) => {
    if (this.#isRecording || this.#over?.name === 'listed-authorise') return;
    const slip = slipOfPerson(this.#deps, card);
    if (slip !== null) return await this.#bring(slip);
    this.#over = null;
    await this.#tap.present(card, capabilities);
  };

  programme: Tap['programme'] = () => this.#tap.programme();

  select: Tap['select'] = (programme) => {
    if (this.#isRecording || this.#over?.name === 'listed-authorise') throw this.#wrong();
    this.#tap.select(programme);
    if (this.#over !== null && this.#over.name !== 'listed-granted') this.#move(null);
  };

  removed: Tap['removed'] = () => this.#tap.removed();
  represent: Tap['represent'] = () => {
    if (this.#over !== null) throw this.#wrong();
    this.#tap.represent();
  };
  claim: Tap['claim'] = async (tapId, claims, pin) => {
    if (this.#over === null) return this.#tap.claim(tapId, claims, pin);
    const asked = this.#in('listed-offer', tapId);
    if (this.#isRecording || pin !== undefined) throw this.#wrong();
    const { offer, ...after } = claimed(asked.snapshot, { offer: asked.offer, ...asked.claimed }, claims);
    this.#move({ ...asked, offer, claimed: after });
    if (after.code !== null && isRecordedWhenChosen(after.code)) await this.#record(after.code);
  };

  askBack: Tap['askBack'] = async (tapId) => {
    const gift = this.#giftOf(tapId);
    const before = this.#over;
    if (gift === undefined) {
      if (before !== null) throw this.#wrong();
      return this.#tap.askBack(tapId);
    }
    const isFree = before === null ? this.#tap.state().name === 'idle' : MAY_ASK_BACK.includes(before.name);
    if (!isFree || this.#isRecording || this.#handing.has(tapId)) throw this.#wrong();
    const refusal = await personVoidRefusal(this.#deps, gift, { operator: 0, role: 'supervisor' });
    // A card may have come meanwhile, or the goods gone.
    const isStill = this.#over === before && (before !== null || this.#tap.state().name === 'idle');
    if (!isStill || this.#handing.has(tapId) || this.#giftOf(tapId) === undefined) throw this.#wrong();
    if (refusal !== null) return this.#refuse(refusal, this.#personOfGift(gift), false);
    this.#move({ name: 'listed-authorise', tapId, gift, code: null });
  };

  takeBack: Tap['takeBack'] = async (tapId, authority) => {
    if (this.#over === null) return this.#tap.takeBack(tapId, authority);
    const { gift } = this.#in('listed-authorise', tapId);
    if (authority.role !== 'supervisor') throw new WaslError('ERR_VOID_ROLE');
    if (this.#isRecording) throw this.#wrong();
    this.#isRecording = true;
    try {
      const person = this.#personOfGift(gift);
      const voided = await voidPerson(this.#deps, this.#lists, { gift, authority });
      if (voided.result === 'refused') return await this.#refuse(voided.code, person, false);
      const { atMs, payment } = voided;
      const paid = payment === undefined ? {} : { payment };
      const servedAtMs = gift.given.atMs;
      this.#move({ name: 'listed-voided', tapId: voidTapId(tapId), person, gift, atMs, servedAtMs, ...paid });
    } finally {
      this.#isRecording = false;
    }
    void this.#deps.till?.follow();
  };

  deny: Tap['deny'] = async (tapId, code) => {
    const over = this.#over;
    if (over === null) return this.#tap.deny(tapId, code);
    if (this.#isRecording || (over.name !== 'listed-authorise' && over.name !== 'listed-offer') || over.tapId !== tapId)
      throw this.#wrong();
    const before = over.name === 'listed-offer' ? over.claimed.code : over.code;
    this.#move(over.name === 'listed-offer' ? { ...over, claimed: { ...over.claimed, code } } : { ...over, code });
    if (code !== 'ERR_PIN_LOCKED' || before === code) return;
    const event = { type: 'alarm', time: Math.floor(this.#deps.time.now().ms / 1000), code, count: 1 } as const;
    await this.#deps.journal.append([{ kind: 'event', event }]).catch(() => undefined);
  };

  async search(): Promise<void> {
    if (this.#over !== null || this.#tap.state().name !== 'idle') throw this.#wrong();
    const at = people.listAtDesk(this.#deps, this.#desk());
    if ('code' in at) return await this.#refuse(at.code, null);
    this.#move({ name: 'search', tapId: newTapId(this.#deps), typed: '', found: [], total: 0 });
  }

  async find(tapId: string, typed: string): Promise<void> {
    const asked = this.#in('search', tapId);
    const at = people.listAtDesk(this.#deps, this.#desk());
    if ('code' in at) return await this.#refuse(at.code, null);
    const { hits, total } = at.list.finder.find(typed, FOUND_MAX);
    this.#move({ ...asked, typed, found: hits.map(({ person }) => person), total });
  }

  async choose(tapId: string, person: number): Promise<void> {
    const asked = this.#in('search', tapId);
    if (asked.found.every(({ number }) => number !== person)) throw this.#wrong();
    const chosen = await people.choosePerson(this.#deps, this.#desk(), person);
    // A card may have come meanwhile.
    if (this.#over !== asked) throw this.#wrong();
    const who = asked.found.find(({ number }) => number === person) ?? null;
    if ('code' in chosen) return await this.#refuse(chosen.code, who);
    await this.#offer(chosen);
  }

  async #offer({ person, programme, snapshot, slip }: ChosenPerson): Promise<void> {
    const offered = firstOffer(snapshot);
    if ('outcome' in offered) return await this.#refuse(offered.reason, person);
    const { offer, ...claims } = offered;
    const about = { person, programme, offer, claimed: claims, snapshot, ...(slip === undefined ? {} : { slip }) };
    this.#move({ name: 'listed-offer', tapId: newTapId(this.#deps), ...about });
  }

  async #bring(slip: ReadSlip): Promise<void> {
    const under = this.#tap.state();
    if (under.name === 'offer' || !TAKES_SLIP.includes(under.name)) return;
    if (under.name === 'refused') await this.#tap.dismiss(under.tapId);
    const chosen = await people.chooseBySlip(this.#deps, this.#desk(), slip);
    return 'code' in chosen ? this.#refuse(chosen.code, null) : this.#offer(chosen);
  }

  confirm: Tap['confirm'] = async (tapId, items, more = {}) => {
    if (this.#over === null) return this.#tap.confirm(tapId, items, more);
    const before = this.#in('listed-offer', tapId);
    if (this.#isRecording) throw this.#wrong();
    const { person } = before;
    this.#isRecording = true;
    try {
      const chosen = await people.chooseAgain(this.#deps, this.#desk(), before);
      if ('code' in chosen) return await this.#refuse(chosen.code, person);
      await this.#serve(before, chosen, {
        ...{ tapId, ...requestedOf(before.claimed.claims, items, more) },
        onPaying: (amount) => this.#pays(before, amount),
      });
    } finally {
      this.#isRecording = false;
    }
  };

  cancel: Tap['cancel'] = async (tapId) => {
    if (this.#over === null) return this.#tap.cancel(tapId);
    const over = this.#over;
    if (over.name === 'listed-paying' && over.tapId === tapId && !over.isOver) {
      this.#move({ ...over, isCancelled: true });
      return this.#deps.till?.cancel(tapId);
    }
    if (!CANCELLABLE_LISTED.includes(over.name) || over.tapId !== tapId || this.#isRecording) throw this.#wrong();
    this.#move(null);
  };

  dismiss: Tap['dismiss'] = async (tapId) => {
    if (this.#over === null) return this.#tap.dismiss(tapId);
    const { name } = this.#over;
    if ((name !== 'listed-refused' && name !== 'listed-voided') || this.#over.tapId !== tapId) throw this.#wrong();
    this.#move(null);
  };

  handover: Tap['handover'] = async (tapId) => {
    if (this.#giftOf(tapId) === undefined) return this.#tap.handover(tapId);
    const isTakenBack = this.#over?.name === 'listed-authorise' && this.#over.tapId === tapId;
    if (this.#handing.has(tapId) || isTakenBack) throw this.#wrong();
    this.#handing.add(tapId);
    try {
      const step = { step: 'dispensed', tapId, atMs: this.#deps.time.now().ms } as const;
      await this.#deps.journal.append([{ kind: 'step', step }]);
    } finally {
      this.#handing.delete(tapId);
    }
    if (this.#over?.name === 'listed-granted' && this.#over.tapId === tapId) this.#move(null);
  };

  subscribe: Tap['subscribe'] = (listener) => {
    const unsubscribe = this.#tap.subscribe(listener);
    this.#listeners.add(listener);
    return () => void [unsubscribe(), this.#listeners.delete(listener)];
  };

  async #serve(
    before: Extract<PersonState, { readonly name: 'listed-offer' }>,
    chosen: ChosenPerson,
    tap: RequestedService,
  ): Promise<void> {
    const { person } = chosen;
    const served = await people.servePerson(this.#deps, chosen, tap);
    if (served.result === 'granted') {
      const { epoch, seq } = served.event;
      const items = tap.request.items.filter(({ quantity }) => quantity > 0);
      const of = { tapId: tap.tapId, person, items, epoch, seq, atMs: served.atMs };
      return this.#move({ name: 'listed-granted', ...of });
    }
    const { code } = served;
    if (!mayPayAgain(code, tap.payment)) return await this.#refuse(code, person, isRecordedWhenChosen(code));
    // Another id: a machine never takes one reference twice.
    this.#move({ ...before, tapId: newTapId(this.#deps), claimed: { ...before.claimed, code } });
  }

  #pays({ tapId, person }: { readonly tapId: string; readonly person: ListedPerson }, amount: number | null): void {
    if (amount !== null)
      this.#move({ name: 'listed-paying', tapId, person, amount, isCancelled: false, isOver: false });
    else if (this.#over?.name === 'listed-paying') this.#move({ ...this.#over, isOver: true });
  }

  #giftOf(tapId: string): UndispensedGift | undefined {
    return this.#deps.journal.state().undispensedGifts.get(tapId);
  }

  #personOfGift({ given }: UndispensedGift): ListedPerson | null {
    return this.personOf(given.roster, given.person);
  }

  async #refuse(code: ErrorCode, person: ListedPerson | null, isRecorded = true): Promise<void> {
    const programme = isRecorded ? await this.#record(code) : this.#programmeNumber();
    const isTheirs = (gift: UndispensedGift): boolean =>
      gift.given.programme === programme && person !== null && this.#personOfGift(gift)?.number === person.number;
    const open = [...this.#deps.journal.state().undispensedGifts.values()].findLast(isTheirs);
    const given = open === undefined ? {} : { given: open.given.tapId };
    this.#move({ name: 'listed-refused', tapId: newTapId(this.#deps), code, person, ...given });
  }

  async #record(code: ErrorCode): Promise<number> {
    const programme = this.#programmeNumber();
    const about = { card: null, credential: null, programme, versions: versionsNow(this.#deps), superseded: [] };
    const entries = this.#refusals.entriesFor({ result: 'refuse', code, ...about }, this.#deps.time.now().ms);
    if (entries.length > 0) await this.#deps.journal.append(entries).catch(() => undefined);
    return programme;
  }

  #programmeNumber(): number {
    return this.#deps.trust.policy().programmes.find(({ id }) => id === this.#tap.programme())?.number ?? 0;
  }

  #desk(): ListDesk {
    return { lists: this.#lists, programme: this.#tap.programme() };
  }

  #in<Name extends PersonState['name']>(name: Name, tapId: string): Extract<PersonState, { readonly name: Name }> {
    const over = this.#over;
    if (over?.name !== name || over.tapId !== tapId) throw this.#wrong();
    return over as Extract<PersonState, { readonly name: Name }>;
  }

  #move(next: PersonState | null): void {
    this.#over = next;
    for (const listener of this.#listeners) listener();
  }

  #wrong(): WaslError {
    return new WaslError('ERR_TAP_STATE', undefined, { details: { state: this.state().name } });
  }
}
