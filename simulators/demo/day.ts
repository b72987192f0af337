/** A day at the desk: carries out the plan through readers and kiosk, and notes what the screen said each time. */
import { setTimeout as pause } from 'node:timers/promises';
import { WaslError } from '../../agent/domain/errors.js';
import type { Clerk } from '../process/clerk.js';
import type { DemoCard, DemoCards } from './cards.js';
import type { Desk } from './desk.js';
import type { PlannedTap } from './plan.js';

/** What was seen of the day so far. */
export interface DayLog {
  taps: number;
  granted: number;
  readonly refused: Record<string, number>;
  readonly readers: Record<string, number>;
  /** What did not go as planned; empty on a good day. */
  readonly surprises: string[];
}

/** Everything a day needs. */
export interface DayParts {
  readonly desk: Desk;
  readonly cards: DemoCards;
  readonly log: DayLog;
}

/** An empty log. */
export function newDayLog(): DayLog {
  return { taps: 0, granted: 0, refused: {}, readers: {}, surprises: [] };
}

const RESULT_SCREENS = ['offer', 'refused', 'granted', 'unresolved'] as const;

/** One tap, from the card on the reader to the goods handed over. */
export async function carryOut(parts: DayParts, clerk: Clerk, tap: PlannedTap): Promise<void> {
  const { desk, cards, log } = parts;
  if (tap.by === 'serial') {
    if (!(await desk.scan(cards.codeFor(tap)))) return;
  } else {
    const demo = typeof tap.who === 'number' ? cards.good[tap.who] : cards.bad[tap.who];
    if (demo === undefined) throw new WaslError('ERR_INTERNAL', `the plan names card ${tap.who}`);
    if (tap.who === 'older-image') demo.card.restoreUserPages(demo.before);
    await desk.lay(demo.card);
  }
  count(log, tap.by);
  await finish(parts, clerk, { quantity: tap.quantity, refusal: tap.refusal });
}

/** Serves a good card as much as it may have, or a given quantity. Used to prepare the cards that are to be refused later. */
export async function serveOnce(
  parts: DayParts,
  clerk: Clerk,
  at: { demo: DemoCard; quantity: number | 'all' },
): Promise<void> {
  await parts.desk.lay(at.demo.card);
  count(parts.log, 'pcsc');
  await finish(parts, clerk, { quantity: at.quantity, refusal: null });
}

/** From the first answer on the screen to an idle desk. */
async function finish(
  parts: DayParts,
  clerk: Clerk,
  wanted: { quantity: number | 'all'; refusal: string | null },
): Promise<void> {
  const { desk, log } = parts;
  const first = await clerk.screen(RESULT_SCREENS);
  if (first.name === 'offer') {
    const [item] = first.items;
    if (item === undefined) throw new WaslError('ERR_INTERNAL', 'an offer without items');
    const quantity = wanted.quantity === 'all' ? item.available : Math.min(wanted.quantity, item.available);
    await clerk.command({ type: 'confirm', tapId: first.tapId, quantities: { [item.commodity]: quantity } });
  }
  const last = first.name === 'offer' ? await clerk.screen(['granted', 'refused', 'unresolved']) : first;
  if (last.name === 'granted') {
    log.granted += 1;
    if (wanted.refusal !== null) log.surprises.push(`served, though ${wanted.refusal} was due`);
    await clerk.command({ type: 'handover', tapId: last.tapId });
  } else if (last.name === 'refused') {
    log.refused[last.code] = (log.refused[last.code] ?? 0) + 1;
    if (last.code !== wanted.refusal) log.surprises.push(`${last.code} instead of ${wanted.refusal ?? 'a service'}`);
    await clerk.command({ type: 'dismiss', tapId: last.tapId });
  } else {
    log.surprises.push(`${last.name} (${'code' in last ? last.code : ''}) instead of ${wanted.refusal ?? 'a service'}`);
    if (last.name === 'unresolved') await clerk.command({ type: 'dismiss', tapId: last.tapId });
  }
  desk.clear();
  await clerk.screen(['idle']);
}

/**
 * The worst moment: the terminal is killed when the first page of the card's slot is being written, after INTENT and before COMMIT.
 * Resolves when the killed terminal was started again, the same card was laid down once more, and the service completed.
 */
export async function killInTheMiddle(
  parts: DayParts,
  clerk: Clerk,
  at: { demo: DemoCard; kill: () => Promise<void>; restart: () => Promise<Clerk> },
): Promise<Clerk> {
  const { desk, log } = parts;
  let killed: Promise<void> | null = null;
  const WRITE = 0xa2;
  await desk.lay(at.demo.card, (frame) => {
    if (frame[0] === WRITE && killed === null) killed = at.kill();
  });
  count(log, 'pcsc');
  const offer = await clerk.screen(['offer']);
  const [item] = offer.items;
  // The terminal dies while it works on this: there is no answer to wait for.
  void clerk
    .command({ type: 'confirm', tapId: offer.tapId, quantities: { [item?.commodity ?? '']: 1 } })
    .catch(() => undefined);
  for (let waitedMs = 0; killed === null; waitedMs += 5) {
    if (waitedMs > 20_000) throw new WaslError('ERR_INTERNAL', 'the terminal never began to write');
    await pause(5);
  }
  await killed;
  desk.clear();
  const again = await at.restart();
  await desk.lay(at.demo.card);
  const granted = await again.screen(['granted', 'offer', 'refused', 'unresolved']);
  if (granted.name === 'granted') {
    log.granted += 1;
    await again.command({ type: 'handover', tapId: granted.tapId });
  } else {
    log.surprises.push(`${granted.name} after the power cut, instead of the completed service`);
  }
  desk.clear();
  await again.screen(['idle']);
  return again;
}

function count(log: DayLog, reader: string): void {
  log.taps += 1;
  log.readers[reader] = (log.readers[reader] ?? 0) + 1;
}
