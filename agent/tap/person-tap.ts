/**
 * A desk that serves persons without a card as well. The taps of cards are those of `tap.ts`, unchanged; a search lies over them:
 *
 *            search            choose                confirm
 *   idle ───────────▶ search ─────────▶ listed-offer ───────▶ listed-granted ─ handover ─▶ idle
 *    ▲                  │ ▲ find             │ cancel
 *    │◀──── cancel ─────┘ └──────────────────┘
 *    │◀─── dismiss ─── listed-refused ◀── not allowed, nothing left, not recorded
 *
 * A card that is presented meanwhile goes before: what lies over the taps is withdrawn, except while it is being recorded.
 */

import type { Offer } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { TakenItem } from '../domain/event.js';
import type { ListedPerson } from '../domain/person.js';
import type { Programme } from '../domain/policy.js';
import type { ServiceRequest } from '../services/service.js';
import { type RefusedCard, type TapDeps, versionsNow } from './examine.js';
import type { PersonLists } from './person-list.js';
import { type ChosenPerson, choosePerson, type ListDesk, listAtDesk, offerTo, servePerson } from './person-serve.js';
import { isRecordedWhenChosen, refusalRecorder } from './refusals.js';
import type { Tap, TapState } from './tap.js';

/** Most persons that are shown of a search. */
export const FOUND_MAX = 8;

/** Where a search stands. */
export type PersonState =
  | {
      readonly name: 'search';
      readonly tapId: string;
      readonly typed: string;
      readonly found: readonly ListedPerson[];
      /** How many there are, those that are not shown included. */
      readonly total: number;
    }
  | {
      readonly name: 'listed-offer';
      readonly tapId: string;
      readonly person: ListedPerson;
      readonly programme: Programme;
      readonly offer: Offer;
    }
  | {
      readonly name: 'listed-granted';
      readonly tapId: string;
      readonly person: ListedPerson;
      readonly items: readonly TakenItem[];
      readonly epoch: string;
      readonly seq: number;
      readonly atMs: number;
    }
  | {
      readonly name: 'listed-refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly person: ListedPerson | null;
    };

/** Where the desk stands. */
export type DeskState = TapState | PersonState;

/** A desk for holders of cards and for persons on lists. Commands of a {@link Tap} do the same for both. */
export interface PersonTap extends Omit<Tap, 'state'> {
  state(): DeskState;
  /** Whether there is a list in force that this desk may serve from without cards. */
  canSearch(): boolean;
  /** Somebody stands there without a card. Rejects with `ERR_TAP_STATE` when the desk is busy. Where the programme does not serve so: `listed-refused`. */
  search(): Promise<void>;
  /** What the clerk typed so far. Rejects with `ERR_TAP_STATE`. */
  find(tapId: string, typed: string): Promise<void>;
  /** Which of those found it is. Rejects with `ERR_TAP_STATE`, also for a person who is not among them. */
  choose(tapId: string, person: number): Promise<void>;
  /** Who was given something that is not handed over yet; null where the list is no more. */
  personOf(roster: number, person: number): ListedPerson | null;
}

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
  readonly #handing = new Set<string>();

  constructor(tap: Tap, deps: TapDeps, lists: PersonLists) {
    this.#tap = tap;
    this.#deps = deps;
    this.#lists = lists;
  }

  state = (): DeskState => this.#over ?? this.#tap.state();

  canSearch = (): boolean => !('code' in listAtDesk(this.#deps, this.#desk()));

  personOf = (roster: number, person: number): ListedPerson | null => {
    const at = listAtDesk(this.#deps, this.#desk());
    return 'code' in at || at.list.roster.number !== roster ? null : at.list.roster.person(person);
  };

  present: Tap['present'] = async (card, capabilities) => {
    if (this.#isRecording) return;
    this.#over = null;
    await this.#tap.present(card, capabilities);
  };

  programme: Tap['programme'] = () => this.#tap.programme();

  select: Tap['select'] = (programme) => {
    if (this.#isRecording) throw this.#wrong();
    this.#tap.select(programme);
    if (this.#over !== null && this.#over.name !== 'listed-granted') this.#move(null);
  };

  removed: Tap['removed'] = () => this.#tap.removed();
  represent: Tap['represent'] = () => {
    if (this.#over !== null) throw this.#wrong();
    this.#tap.represent();
  };
  takeBack: Tap['takeBack'] = (...with_) => this.#tap.takeBack(...with_);
  deny: Tap['deny'] = (...with_) => this.#tap.deny(...with_);
  claim: Tap['claim'] = (...with_) => this.#tap.claim(...with_);

  askBack: Tap['askBack'] = async (tapId) => {
    if (this.#over !== null) throw this.#wrong();
    await this.#tap.askBack(tapId);
  };

  async search(): Promise<void> {
    if (this.#over !== null || this.#tap.state().name !== 'idle') throw this.#wrong();
    const at = listAtDesk(this.#deps, this.#desk());
    if ('code' in at) return await this.#refuse(at.code, null);
    this.#move({ name: 'search', tapId: this.#newTapId(), typed: '', found: [], total: 0 });
  }

  async find(tapId: string, typed: string): Promise<void> {
    const asked = this.#in('search', tapId);
    const at = listAtDesk(this.#deps, this.#desk());
    if ('code' in at) return await this.#refuse(at.code, null);
    const { hits, total } = at.list.finder.find(typed, FOUND_MAX);
    this.#move({ ...asked, typed, found: hits.map(({ person }) => person), total });
  }

  async choose(tapId: string, person: number): Promise<void> {
    const asked = this.#in('search', tapId);
    if (asked.found.every(({ number }) => number !== person)) throw this.#wrong();
    const chosen = await choosePerson(this.#deps, this.#desk(), person);
    // A card may have come meanwhile.
    if (this.#over !== asked) throw this.#wrong();
    const who = asked.found.find(({ number }) => number === person) ?? null;
    if ('code' in chosen) return await this.#refuse(chosen.code, who);
    const offered = offerTo(chosen);
    if ('code' in offered) return await this.#refuse(offered.code, chosen.person);
    const { programme } = chosen;
    this.#move({ name: 'listed-offer', tapId: this.#newTapId(), person: chosen.person, programme, offer: offered });
  }

  confirm: Tap['confirm'] = async (tapId, items, more = {}) => {
    if (this.#over === null) return this.#tap.confirm(tapId, items, more);
    const { person } = this.#in('listed-offer', tapId);
    if (this.#isRecording) throw this.#wrong();
    this.#isRecording = true;
    try {
      // Everything is looked up again: minutes may have passed, and lists come in at any time.
      const chosen = await choosePerson(this.#deps, this.#desk(), person.number);
      if ('code' in chosen) return await this.#refuse(chosen.code, person);
      await this.#serve(chosen, { tapId, request: { ...more, items } });
    } finally {
      this.#isRecording = false;
    }
  };

  cancel: Tap['cancel'] = async (tapId) => {
    if (this.#over === null) return this.#tap.cancel(tapId);
    const { name } = this.#over;
    if ((name !== 'search' && name !== 'listed-offer') || this.#over.tapId !== tapId || this.#isRecording)
      throw this.#wrong();
    this.#move(null);
  };

  dismiss: Tap['dismiss'] = async (tapId) => {
    if (this.#over === null) return this.#tap.dismiss(tapId);
    this.#in('listed-refused', tapId);
    this.#move(null);
  };

  handover: Tap['handover'] = async (tapId) => {
    if (!this.#deps.journal.state().undispensedGifts.has(tapId)) return this.#tap.handover(tapId);
    if (this.#handing.has(tapId)) throw this.#wrong();
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
    return () => {
      unsubscribe();
      this.#listeners.delete(listener);
    };
  };

  async #serve(chosen: ChosenPerson, tap: { readonly tapId: string; readonly request: ServiceRequest }): Promise<void> {
    const { person } = chosen;
    const served = await servePerson(this.#deps, chosen, tap);
    if (served.result === 'granted') {
      const { epoch, seq } = served.event;
      const items = tap.request.items.filter(({ quantity }) => quantity > 0);
      return this.#move({
        ...{ name: 'listed-granted', tapId: tap.tapId, person, items, epoch, seq, atMs: served.atMs },
      });
    }
    await this.#refuse(served.code, person, isRecordedWhenChosen(served.code));
  }

  /** What cannot be recorded now must not keep the clerk from the answer. */
  async #refuse(code: ErrorCode, person: ListedPerson | null, isRecorded = true): Promise<void> {
    const { journal, time, trust } = this.#deps;
    const programme = trust.policy().programmes.find(({ id }) => id === this.#tap.programme())?.number ?? 0;
    const versions = versionsNow(this.#deps);
    const refused: RefusedCard = {
      ...{ result: 'refuse', code, card: null, credential: null, programme, versions, superseded: [] },
    };
    const entries = isRecorded ? this.#refusals.entriesFor(refused, time.now().ms) : [];
    if (entries.length > 0) await journal.append(entries).catch(() => undefined);
    this.#move({ name: 'listed-refused', tapId: this.#newTapId(), code, person });
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

  #newTapId(): string {
    return Buffer.from(this.#deps.random.bytes(8)).toString('hex');
  }
}
