/** What can happen to readers, their driver and pcscd, all of it from outside of the terminal: signals, plugs, and a reader that says nothing more. */
import type { Randomness } from '../../agent/domain/clock.js';
import { between } from '../endurance/chance.js';
import { childrenOf } from './children.js';
import type { Desk } from './desk.js';

/** The kinds of mishap. */
export type Mishap =
  | 'unplug reader'
  | 'hang reader'
  | 'kill pcscd'
  | 'restart pcscd'
  | 'hang pcscd'
  | 'kill driver'
  | 'hang driver'
  | 'pull card';

/** All kinds, in the order in which they come. */
export const MISHAPS: readonly Mishap[] = [
  'unplug reader',
  'hang reader',
  'kill pcscd',
  'restart pcscd',
  'hang pcscd',
  'kill driver',
  'hang driver',
  'pull card',
];

/** When in a tap it happens: before the card is laid down, at a read, while the operator looks at the offer, at a write. */
export type Moment = { readonly at: 'idle' | 'offer' } | { readonly at: 'read' | 'write'; readonly count: number };

/** What is to happen in a round. */
export interface RoundPlan {
  readonly mishap: Mishap;
  readonly moment: Moment;
  /** How long it lasts, where it does not end by itself. */
  readonly lastsMs: number;
}

/** Words of the command line of a driver's process. */
const DRIVER = 'drivers/pcsc/apart-main';

/** Exchanges of a tap on an NTAG216 through FAST_READ, and pages that it writes: a moment is drawn from these. */
const READS_MAX = 5;
const WRITES_MAX = 30;

/** Plans `rounds` rounds: every kind as often as every other, at moments that the seed decides. */
export function planRounds(rounds: number, chance: Randomness): readonly RoundPlan[] {
  return Array.from({ length: rounds }, (_, index): RoundPlan => {
    const mishap = MISHAPS[index % MISHAPS.length] ?? 'pull card';
    const moments: readonly Moment[] = [
      { at: 'idle' },
      { at: 'offer' },
      { at: 'read', count: between(chance, 1, READS_MAX) },
      { at: 'write', count: between(chance, 1, WRITES_MAX) },
      // The only moment at which something could be half done: twice as often as the others.
      { at: 'write', count: between(chance, 1, WRITES_MAX) },
    ];
    const drawn = moments[between(chance, 0, moments.length - 1)] ?? { at: 'idle' };
    const moment: Moment = mishap === 'pull card' && drawn.at === 'idle' ? { at: 'offer' } : drawn;
    return { mishap, moment, lastsMs: between(chance, 200, 6_500) };
  });
}

/** Lets it happen. `agentPid` is the terminal. */
export async function strike(mishap: Mishap, desk: Desk, agentPid: number): Promise<void> {
  const { pcscd } = desk;
  switch (mishap) {
    case 'unplug reader':
      return pcscd.unplug(desk.readerName);
    case 'hang reader':
      return desk.hang();
    case 'kill pcscd':
      return pcscd.signal('KILL');
    case 'restart pcscd':
      return pcscd.signal('TERM');
    case 'hang pcscd':
      return pcscd.signal('STOP');
    case 'kill driver':
      return signalDrivers(agentPid, 'SIGKILL');
    case 'hang driver':
      return signalDrivers(agentPid, 'SIGSTOP');
    case 'pull card':
      return desk.clear();
  }
}

/** Makes the world well again, where the terminal cannot do that by itself: what hangs or was killed of its own it has to mend alone. */
export async function mend(mishap: Mishap, desk: Desk): Promise<void> {
  const { pcscd } = desk;
  if (mishap === 'unplug reader') await pcscd.plug(desk.readerName);
  else if (mishap === 'hang reader') desk.goOn();
  else if (mishap === 'kill pcscd' || mishap === 'restart pcscd') await pcscd.start();
  else if (mishap === 'hang pcscd') await pcscd.signal('CONT');
}

/** True where {@link mend} does nothing: the world is well from the first moment, and the terminal's own recovery begins. */
export function mendsItself(mishap: Mishap): boolean {
  return mishap === 'kill driver' || mishap === 'hang driver' || mishap === 'pull card';
}

function signalDrivers(agentPid: number, signal: NodeJS.Signals): void {
  for (const pid of childrenOf(agentPid, DRIVER)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
}
