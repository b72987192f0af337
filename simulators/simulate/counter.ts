/** What people at a terminal do: lay cards down, press keys, wait for what the screen says. */
import type { KioskCommand, Screen } from '../../agent/kiosk/state.js';
import type { Machine, TerminalProcess } from './machine.js';
import type { SimCard } from './sim-card.js';

/** How long a clerk looks at a screen that says nothing new. */
const PATIENCE_MS = 30_000;

/** A card at a terminal, and the process that serves it. */
export interface Visit {
  readonly process: TerminalProcess;
  readonly machine: Machine;
  readonly card: SimCard;
}

/** Lays the card on the reader; one that lies there is taken away. */
export function lay({ process, machine, card }: Visit): void {
  machine.trace.note(`${machine.name}: card ${card.name} is laid down`);
  card.lieOn(machine);
  process.reader.present(card.presented);
}

/** Takes the card away, if it lies there. */
export function takeAway({ process, machine, card }: Visit): void {
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
export function screenOf({ process, machine }: Visit, wanted: (screen: Screen) => boolean): Promise<Screen | null> {
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

/** Some time in which the clerk does nothing. */
export function pause(machine: Machine, ms: number): Promise<void> {
  return new Promise((resolve) => machine.timers.after(ms, resolve));
}
