/**
 * The counter: serves one card after another for as long as it is open, through the screen of the terminal alone, and notes what that said. It acts
 * on whatever the screen shows, so it goes on after the terminal was killed in any state. Sometimes the card is still on the reader then,
 * sometimes its holder has taken it away and comes back later.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { HandoverView, KioskState, Screen } from '../../agent/kiosk/state.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import type { Clerk } from '../process/clerk.js';
import type { Agent } from './agent.js';
import { between } from './chance.js';
import type { Desk } from './desk.js';

/** A card of the counter, and its memory before the first service. */
export interface CounterCard {
  readonly serial: number;
  readonly card: SimulatedNtag21x;
  readonly before: Uint8Array;
}

/** A grant that the screen showed. */
export interface ShownGrant {
  /** Id of the event, `terminal:epoch:seq`. */
  readonly receipt: string;
  readonly card: number;
  readonly quantity: number;
}

/** What was seen at the counter. */
export interface CounterLog {
  taps: number;
  /** By receipt: what a screen showed twice, before and after the terminal was killed, is one grant. */
  readonly shown: Map<string, ShownGrant>;
  /** Refusals by code. */
  readonly refused: Record<string, number>;
  /** Services that were cut by a kill and completed by a later life of the terminal. */
  resumed: number;
  /** Screens that said that the terminal is not sure. */
  unsure: number;
  /** What must not happen at all. */
  readonly surprises: string[];
}

/** What a counter needs. */
export interface CounterParts {
  readonly agent: Agent;
  readonly desk: Desk;
  readonly cards: readonly CounterCard[];
  readonly chance: Randomness;
}

/** How long a card may lie there before the screen says something; a reader whose terminal has just started takes a second to find it. */
const NOTICE_TIMEOUT_MS = 20_000;
const LEFT_CARD_TIMEOUT_MS = 5_000;
const POLL_MS = 20;
/** Between one card and the next. */
const PAUSE_MS = 120;
const SURPRISES_MAX = 20;
const QUANTITY_MAX = 2;

/** See the head of this file. */
export class Counter {
  readonly log: CounterLog = { taps: 0, shown: new Map(), refused: {}, resumed: 0, unsure: 0, surprises: [] };
  readonly #parts: CounterParts;
  readonly #waiting = new Set<() => void>();
  #serving: Promise<void> | null = null;
  #open = false;
  /** The terminal was killed while a card lay there, and it still does. */
  #cardLeft = false;
  /** A card that was left was taken away before the screen said anything of it: it may have been about to. */
  #hasty = false;
  #turn = 0;
  /** The card that was laid down last. */
  #present: CounterCard | null = null;
  /** Cards that lay there when the terminal was killed. */
  readonly #interrupted = new Set<CounterCard>();
  /** The tap that was confirmed last in the present life of the terminal. */
  #confirmed: string | null = null;

  constructor(parts: CounterParts) {
    this.#parts = parts;
  }

  /** Begins to serve. */
  open(): void {
    this.#open = true;
    this.#serving ??= this.#serve();
  }

  /** Finishes what is under way; resolves when the counter is empty. Only while the terminal runs. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#serving;
    this.#serving = null;
  }

  /** Resolves when `count` more grants were shown. Rejects with `ERR_CARD_TIMEOUT` after `timeoutMs`, or when too much was amiss. */
  granted(count: number, timeoutMs: number): Promise<void> {
    const goal = this.log.shown.size + count;
    return new Promise((resolve, reject) => {
      const settle = (error: WaslError | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (error === null) resolve();
        else reject(error);
      };
      const timer = setTimeout(
        () => settle(new WaslError('ERR_CARD_TIMEOUT', `nobody was served for ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      const look = (): void => {
        const { shown, surprises } = this.log;
        if (surprises.length >= SURPRISES_MAX) settle(new WaslError('ERR_INTERNAL', surprises.join('; ')));
        else if (shown.size >= goal) settle(null);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Lays every card that was ever interrupted down once more, so that all is brought to its end. Only while the terminal runs and the counter is closed. */
  async finish(): Promise<void> {
    const { agent, desk } = this.#parts;
    const { clerk } = await agent.seat();
    for (const { card, serial } of this.#interrupted) {
      await this.#idle(clerk);
      await desk.lay(card);
      const { screen } = await clerk.until(hasAnswered, NOTICE_TIMEOUT_MS);
      if (screen.name === 'offer') await clerk.command({ type: 'cancel', tapId: screen.tapId });
      else if (screen.name === 'granted') await this.#act(clerk, screen);
      else if (screen.name === 'refused' && isQuota(screen.code))
        await clerk.command({ type: 'dismiss', tapId: screen.tapId });
      else this.#surprise(`card ${serial} cannot be served any more: ${screen.name} ${codeIn(screen)}`);
    }
    await this.#idle(clerk);
  }

  async #serve(): Promise<void> {
    const { agent, desk, chance } = this.#parts;
    for (;;) {
      const seat = await agent.seat();
      try {
        const { screen } = await seat.clerk.state();
        if (!this.#open && screen.name === 'idle' && screen.pending.length === 0) break;
        await this.#act(seat.clerk, screen);
      } catch (error) {
        if (agent.isLive(seat)) this.#surprise(error instanceof Error ? error.message : String(error));
        this.#confirmed = null;
        if (this.#present !== null) this.#interrupted.add(this.#present);
        this.#cardLeft = chance.fraction() < 0.5;
        if (!this.#cardLeft) {
          desk.clear();
          // The terminal may be back already, and reading that very card.
          this.#hasty = true;
        }
        await pause(POLL_MS);
      }
    }
    desk.clear();
  }

  /** Does what a clerk does at this screen. */
  async #act(clerk: Clerk, screen: Screen): Promise<void> {
    const { chance } = this.#parts;
    switch (screen.name) {
      case 'idle':
        for (const handover of screen.pending) await this.#handOver(clerk, handover);
        return this.#next(clerk);
      case 'offer': {
        const [item] = screen.items;
        if (item === undefined) throw new WaslError('ERR_INTERNAL', 'an offer without items');
        this.#hasty = false;
        this.#confirmed = screen.tapId;
        const quantity = Math.min(between(chance, 1, QUANTITY_MAX), item.available);
        return clerk.command({ type: 'confirm', tapId: screen.tapId, quantities: { [item.commodity]: quantity } });
      }
      case 'granted':
        if (screen.tapId !== this.#confirmed) this.log.resumed += 1;
        return this.#handOver(clerk, screen.handover);
      case 'refused':
        this.log.refused[screen.code] = (this.log.refused[screen.code] ?? 0) + 1;
        if (!isQuota(screen.code) && !(this.#hasty && screen.code === 'ERR_CARD_LOST'))
          this.#surprise(`a good card was refused: ${screen.code}`);
        return clerk.command({ type: 'dismiss', tapId: screen.tapId });
      case 'unresolved':
        this.log.unsure += 1;
        return clerk.command({ type: 'dismiss', tapId: screen.tapId });
      default:
        await pause(POLL_MS);
    }
  }

  /** The next card, unless the one from before still lies there and has to be looked at first. */
  async #next(clerk: Clerk): Promise<void> {
    const { desk, cards } = this.#parts;
    if (!this.#open) return desk.clear();
    if (this.#cardLeft) {
      this.#cardLeft = false;
      const noticed = await clerk.until(hasNoticed, LEFT_CARD_TIMEOUT_MS).then(
        () => true,
        (error: unknown) => {
          if (error instanceof WaslError) return false;
          throw error;
        },
      );
      if (noticed) {
        this.log.taps += 1;
        return;
      }
      this.#hasty = true;
    }
    const next = cards[this.#turn % cards.length];
    this.#turn += 1;
    if (next === undefined) throw new WaslError('ERR_INTERNAL', 'a counter without cards');
    this.log.taps += 1;
    this.#present = next;
    await pause(PAUSE_MS);
    await desk.lay(next.card);
    await clerk.until(hasNoticed, NOTICE_TIMEOUT_MS);
  }

  async #handOver(clerk: Clerk, { tapId, receipt, taken, cardEnding }: HandoverView): Promise<void> {
    const card = this.#parts.cards.find(({ serial }) => String(serial).endsWith(cardEnding))?.serial ?? 0;
    this.log.shown.set(receipt, { receipt, card, quantity: taken.reduce((sum, item) => sum + item.quantity, 0) });
    for (const look of this.#waiting) look();
    await clerk.command({ type: 'handover', tapId });
  }

  async #idle(clerk: Clerk): Promise<void> {
    this.#parts.desk.clear();
    await clerk.screen(['idle']);
  }

  #surprise(text: string): void {
    if (this.log.surprises.length < SURPRISES_MAX) this.log.surprises.push(text);
    for (const look of this.#waiting) look();
  }
}

function hasNoticed({ screen }: KioskState): boolean {
  return screen.name !== 'idle' && screen.name !== 'starting';
}

function hasAnswered({ screen }: KioskState): boolean {
  return ['offer', 'granted', 'refused', 'unresolved'].includes(screen.name);
}

/** A holder who has had everything for the day. */
function isQuota(code: string): boolean {
  return code.startsWith('ERR_QUOTA_');
}

function codeIn(screen: Screen): string {
  return 'code' in screen ? screen.code : '';
}
