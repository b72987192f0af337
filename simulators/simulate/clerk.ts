/** The clerk at a terminal: lays cards on the reader and presses keys on the screen, as people do, some of them hastily. */
import type { KioskCommand, Screen } from '../../agent/kiosk/state.js';
import type { TapAction } from './actions.js';
import { COMMODITY } from './kit.js';
import type { Machine, TerminalProcess } from './machine.js';
import type { SimCard } from './sim-card.js';

/** How long a clerk looks at a screen that says nothing new. */
const PATIENCE_MS = 30_000;

/** Carries out a tap. Resolves when the clerk is done with it, or gives it up because the terminal went dark or somebody else came. */
export async function doTap(machine: Machine, card: SimCard, action: TapAction): Promise<void> {
  const { process } = machine;
  if (process === null) return;
  const visit = { process, machine, card };
  lay(visit);
  const read = await screenOf(visit, (screen) => screen.name !== 'reading' && screen.name !== 'writing');
  if (read?.name === 'offer') {
    await pause(machine, action.paceMs);
    if (action.cancel) await press(process, { type: 'cancel', tapId: read.tapId });
    else await confirm(visit, read, action);
  }
  await end(visit, action);
}

interface Visit {
  readonly process: TerminalProcess;
  readonly machine: Machine;
  readonly card: SimCard;
}

/** Lays the card on the reader; one that lies there is taken away. */
function lay({ process, machine, card }: Visit): void {
  machine.trace.note(`${machine.name}: card ${card.name} is laid down`);
  card.lieOn(machine);
  process.reader.present(card.presented);
}

async function confirm(
  visit: Visit,
  offer: Extract<Screen, { name: 'offer' }>,
  { share, pullAfterMs }: TapAction,
): Promise<void> {
  const { process, machine, card } = visit;
  const available = offer.items[0]?.available ?? 0;
  const quantity = Math.max(1, Math.ceil(available * share));
  if (pullAfterMs !== null) {
    machine.timers.after(pullAfterMs, () => {
      if (!process.life.alive || machine.card !== card) return;
      if (process.terminal.backend.state().screen.name === 'writing') machine.fault('card.taken-away');
      takeAway(visit);
    });
  }
  await press(process, { type: 'confirm', tapId: offer.tapId, quantities: { [COMMODITY]: quantity } });
  await screenOf(visit, (screen) => screen.name !== 'writing' && screen.name !== 'offer');
}

/** What is left to do, from what the screen shows. */
async function end(visit: Visit, action: TapAction): Promise<void> {
  const { process, machine } = visit;
  let shown = process.life.alive ? process.terminal.backend.state().screen : null;
  await pause(machine, action.paceMs);
  if (shown?.name === 'unresolved' && action.retry && process.life.alive) {
    lay(visit);
    shown = await screenOf(visit, (screen) => screen.name !== 'reading' && screen.name !== 'writing');
  }
  if (shown?.name === 'granted' && action.ending === 'handover')
    await press(process, { type: 'handover', tapId: shown.tapId });
  if ((shown?.name === 'refused' || shown?.name === 'unresolved') && action.ending !== 'linger')
    await press(process, { type: 'dismiss', tapId: shown.tapId });
  if (action.ending !== 'linger') takeAway(visit);
}

function takeAway({ process, machine, card }: Visit): void {
  if (machine.card !== card) return;
  card.leave();
  process.reader.remove();
}

/** Presses a key. What the screen no longer has a key for is refused, and nothing happens. */
export async function press(process: TerminalProcess, command: KioskCommand): Promise<void> {
  if (!process.life.alive) return;
  // In the dark nobody hears of it: a command of a dead process never ends.
  await Promise.race([
    process.terminal.backend.command(command).catch(() => undefined),
    new Promise<void>((resolve) => process.life.onEnd(resolve)),
  ]);
}

/** The first screen that is `wanted`; null when the terminal goes dark, or nothing comes. */
function screenOf({ process, machine }: Visit, wanted: (screen: Screen) => boolean): Promise<Screen | null> {
  const { backend } = process.terminal;
  return new Promise((resolve) => {
    const done = (screen: Screen | null): void => {
      stop();
      cancel();
      resolve(screen);
    };
    const look = (): void => {
      const { screen } = backend.state();
      if (process.life.alive && wanted(screen)) done(screen);
    };
    const stop = backend.subscribe(look);
    const cancel = machine.timers.after(PATIENCE_MS, () => done(null));
    process.life.onEnd(() => done(null));
    look();
  });
}

function pause(machine: Machine, ms: number): Promise<void> {
  return new Promise((resolve) => machine.timers.after(ms, resolve));
}
