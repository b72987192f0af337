/** The clerk of a chaos run: acts on whatever the screen shows until a tap has ended, and notes what it said. */
import { setTimeout as pause } from 'node:timers/promises';
import { WaslError } from '../../agent/domain/errors.js';
import type { HandoverView, Screen } from '../../agent/kiosk/state.js';
import type { Clerk } from '../process/clerk.js';
import type { ShownGrant } from './verdict.js';

/** How a tap ended on the screen. `withdrawn`: the offer went away with the card. `unnoticed`: the card left before anything was shown. */
export type TapEnd = 'granted' | 'refused' | 'unresolved' | 'withdrawn' | 'unnoticed';

/** What was seen. */
export interface CounterLog {
  taps: number;
  readonly ends: Record<TapEnd, number>;
  /** Refusals by code. */
  readonly refused: Record<string, number>;
  /** By receipt. */
  readonly shown: Map<string, ShownGrant>;
}

/** What a tap is carried out with. */
export interface TapParts {
  readonly clerk: Clerk;
  readonly log: CounterLog;
  /** Loaves to confirm. */
  readonly quantity: number;
  /** Called when an offer is on the screen, before it is confirmed. */
  readonly onOffer: () => Promise<void>;
  /** Called with the first screen that is about the card. */
  readonly onNoticed: (screen: Screen) => void;
  /** True once nothing more will come of a card that was never noticed. */
  readonly isOver: () => boolean;
}

const POLL_MS = 20;
const TAP_TIMEOUT_MS = 90_000;

/** An empty log. */
export function newCounterLog(): CounterLog {
  return {
    taps: 0,
    ends: { granted: 0, refused: 0, unresolved: 0, withdrawn: 0, unnoticed: 0 },
    refused: {},
    shown: new Map(),
  };
}

/** Carries a tap to its end, from a card that has just been laid down. Rejects with `ERR_CARD_TIMEOUT` and the screen when it never ends. */
export async function carryTap(parts: TapParts): Promise<TapEnd> {
  const { clerk, log } = parts;
  log.taps += 1;
  const deadline = performance.now() + TAP_TIMEOUT_MS;
  let noticed = false;
  let offered = false;
  for (;;) {
    const { screen } = await clerk.state();
    const isAbout = screen.name !== 'idle' && screen.name !== 'starting';
    if (isAbout && !noticed) parts.onNoticed(screen);
    noticed ||= isAbout;
    const end = await act(parts, screen, () => {
      offered = true;
    });
    if (end !== null) return ended(log, end);
    if (screen.name === 'idle' && offered) return ended(log, 'withdrawn');
    if (screen.name === 'idle' && parts.isOver()) return ended(log, 'unnoticed');
    if (performance.now() > deadline)
      throw new WaslError('ERR_CARD_TIMEOUT', `a tap never ended: the screen is "${screen.name}"`);
    await pause(POLL_MS);
  }
}

/** Does what a clerk does at this screen; resolves to the end of the tap where this is one. */
async function act(parts: TapParts, screen: Screen, offered: () => void): Promise<TapEnd | null> {
  const { clerk, log } = parts;
  switch (screen.name) {
    case 'offer': {
      offered();
      await parts.onOffer();
      const [item] = screen.items;
      if (item === undefined) throw new WaslError('ERR_INTERNAL', 'an offer without items');
      const quantities = { [item.commodity]: Math.min(parts.quantity, item.available) };
      // The offer may be gone with the card by now: then the next screen says so.
      await clerk.command({ type: 'confirm', tapId: screen.tapId, quantities }).catch(staleOnly);
      return null;
    }
    case 'granted':
      await handOver(clerk, log, screen.handover);
      return 'granted';
    case 'refused':
      log.refused[screen.code] = (log.refused[screen.code] ?? 0) + 1;
      await clerk.command({ type: 'dismiss', tapId: screen.tapId });
      return 'refused';
    case 'unresolved':
      await clerk.command({ type: 'dismiss', tapId: screen.tapId });
      return 'unresolved';
    default:
      return null;
  }
}

/** Confirms every hand-over that is still waiting; only at an idle screen. */
export async function handOverPending(clerk: Clerk, log: CounterLog): Promise<void> {
  const { screen } = await clerk.state();
  if (screen.name === 'idle') for (const handover of screen.pending) await handOver(clerk, log, handover);
}

async function handOver(clerk: Clerk, log: CounterLog, { tapId, receipt, taken }: HandoverView): Promise<void> {
  log.shown.set(receipt, { receipt, quantity: taken.reduce((sum, item) => sum + item.quantity, 0) });
  await clerk.command({ type: 'handover', tapId });
}

function staleOnly(error: unknown): void {
  if (!(error instanceof WaslError) || !error.message.includes('ERR_TAP_STATE')) throw error;
}

function ended(log: CounterLog, end: TapEnd): TapEnd {
  log.ends[end] += 1;
  return end;
}
