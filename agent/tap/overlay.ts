/**
 * What lies over the taps of a desk for a while, with the card that is there: a state of its own, which stands before theirs. Their commands are refused until it is gone; what the desk
 * serves, and who stands there, can be asked for all the time.
 */
import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import type { Credential } from '../domain/credential.js';
import { WaslError } from '../domain/errors.js';
import type { TapDeps } from './examine.js';
import type { PersonTap } from './person-port.js';

/** What lies on the reader. */
export interface Lying {
  readonly card: PresentedCard;
  readonly capabilities: ReaderCapabilities;
}

/** A state below that is about a card. */
interface StateBelow {
  readonly name: string;
  readonly tapId?: string;
  readonly credential?: Credential | null;
}

/** Taps that something can lie over. */
type Below = Omit<PersonTap, 'state'> & { state(): StateBelow };

/** One of them; `Over`: its own states. */
export abstract class Overlay<Over extends { readonly name: string; readonly tapId: string }, Taps extends Below>
  implements Omit<PersonTap, 'state'>
{
  protected readonly taps: Taps;
  protected readonly deps: TapDeps;
  /** Null while the taps below have the desk. */
  protected over: Over | null = null;
  /** Null once it was taken away, or where the reader cannot write. */
  protected lying: Lying | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(taps: Taps, deps: TapDeps) {
    this.taps = taps;
    this.deps = deps;
  }

  /** Whether the card is being worked on: then nothing comes between. */
  protected abstract isBusy(): boolean;
  /** What was known of the card is forgotten. */
  protected abstract forget(): void;
  /** The card was taken away. */
  protected abstract whenRemoved(): void;
  /** The taps below have examined a card. */
  protected whenPresented(): Promise<void> {
    return Promise.resolve();
  }
  /** Leaves the state of this id, where the command fits it. Rejects with `ERR_TAP_STATE`. */
  protected abstract leave(tapId: string, by: 'cancel' | 'dismiss'): Promise<void>;

  state = (): Over | ReturnType<Taps['state']> => this.over ?? (this.taps.state() as ReturnType<Taps['state']>);

  programme: PersonTap['programme'] = () => this.taps.programme();
  canSearch: PersonTap['canSearch'] = () => this.taps.canSearch();
  personOf: PersonTap['personOf'] = (roster, person) => this.taps.personOf(roster, person);

  present: PersonTap['present'] = async (card, capabilities) => {
    if (this.isBusy()) return;
    this.close();
    this.lying = capabilities.writeBlocks ? { card, capabilities } : null;
    await this.taps.present(card, capabilities);
    await this.whenPresented();
  };

  removed: PersonTap['removed'] = () => {
    this.lying = null;
    this.whenRemoved();
    this.taps.removed();
  };

  select: PersonTap['select'] = (programme) => {
    if (this.isBusy()) throw this.wrong();
    this.taps.select(programme);
    this.close();
  };

  represent: PersonTap['represent'] = () => {
    if (this.over !== null) throw this.wrong();
    this.taps.represent();
  };

  claim: PersonTap['claim'] = (...with_) => this.unlessOpen(() => this.taps.claim(...with_));
  confirm: PersonTap['confirm'] = (...with_) => this.unlessOpen(() => this.taps.confirm(...with_));
  askBack: PersonTap['askBack'] = (...with_) => this.unlessOpen(() => this.taps.askBack(...with_));
  takeBack: PersonTap['takeBack'] = (...with_) => this.unlessOpen(() => this.taps.takeBack(...with_));
  deny: PersonTap['deny'] = (...with_) => this.unlessOpen(() => this.taps.deny(...with_));
  search: PersonTap['search'] = () => this.unlessOpen(() => this.taps.search());
  find: PersonTap['find'] = (...with_) => this.unlessOpen(() => this.taps.find(...with_));
  choose: PersonTap['choose'] = (...with_) => this.unlessOpen(() => this.taps.choose(...with_));
  handover: PersonTap['handover'] = (...with_) => this.unlessOpen(() => this.taps.handover(...with_));

  cancel: PersonTap['cancel'] = (tapId) => (this.over === null ? this.taps.cancel(tapId) : this.leave(tapId, 'cancel'));

  dismiss: PersonTap['dismiss'] = (tapId) =>
    this.over === null ? this.taps.dismiss(tapId) : this.leave(tapId, 'dismiss');

  subscribe: PersonTap['subscribe'] = (listener) => {
    const unsubscribe = this.taps.subscribe(listener);
    this.#listeners.add(listener);
    return () => {
      unsubscribe();
      this.#listeners.delete(listener);
    };
  };

  /** The card and whoever holds it, as the offer or the refusal below knows them; null without one. */
  protected cardBelow(): { readonly tapId: string; readonly credential: Credential } | null {
    const { name, tapId, credential } = this.taps.state();
    if ((name !== 'offer' && name !== 'refused') || tapId === undefined || this.lying === null) return null;
    return credential === undefined || credential === null ? null : { tapId, credential };
  }

  /** The taps below have the desk again. */
  protected close(): void {
    this.forget();
    if (this.over !== null) this.move(null);
  }

  protected move(next: Over | null): void {
    this.over = next;
    for (const listener of this.#listeners) listener();
  }

  protected async unlessOpen(call: () => Promise<void>): Promise<void> {
    if (this.over !== null) throw this.wrong();
    await call();
  }

  protected wrong(): WaslError {
    return new WaslError('ERR_TAP_STATE', undefined, { details: { state: this.state().name } });
  }
}
