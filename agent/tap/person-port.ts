/** The desk for holders of cards and persons on lists as others see it. */
import type { ListedPerson } from '../domain/person.js';
import type { DeskState } from './person-states.js';
import type { Tap } from './port.js';

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
