/** What happens to whom in each round, from a seed: the same plan for the same seed. Only when it happens to the microsecond is the machine's. */
import type { Randomness } from '../../agent/domain/clock.js';
import { between, chanceOf, shuffled } from './chance.js';

/** What can be killed. There are two bridge workers: each of them in turn, or both. */
export type Victim = 'agent' | 'bridge-1' | 'bridge-2' | 'broker' | 'database';

/** When the victims die: so long after the round began, or when so many pages were written to a card from then on. */
export type Moment = { readonly afterMs: number } | { readonly atWrite: number };

/** One round. */
export interface Round {
  readonly number: number;
  readonly victims: readonly Victim[];
  readonly moment: Moment;
  /** How long the victims stay dead. */
  readonly deadMs: number;
  readonly link: 'good' | 'bad';
  /** The database comes back as an older copy: `ago` copies before the newest. Null in a round without a restore. */
  readonly restore: { readonly ago: number } | null;
  /** A copy is made of the database before it comes back. */
  readonly copy: boolean;
}

/** What of a plan can be carried out. */
export interface Possible {
  /** Whether broker and database are ours to kill. */
  readonly broker: boolean;
  readonly database: boolean;
}

/** Rounds that together have every kind of victim; a plan is made of such tens. */
const TEN = 10;
const BAD_LINK_ROUNDS = 4;
const MOMENT_MS_MAX = 1_500;
const DEAD_MS_MAX = 600;
/** A service writes at least this many pages: a kill at one of them leaves half a record on the card. */
const WRITES_MAX = 30;

/** Plans `rounds` rounds. */
export function planRounds(rounds: number, seed: number, possible: Possible): Round[] {
  const chance = chanceOf(seed, 'plan');
  const plan: Round[] = [];
  while (plan.length < rounds) plan.push(...planTen(plan.length, chance, possible));
  return plan.slice(0, rounds);
}

function planTen(before: number, chance: Randomness, possible: Possible): Round[] {
  const badFrom = between(chance, 0, TEN - BAD_LINK_ROUNDS);
  return shuffled(chance, TEN_FATES).map((fate, i): Round => {
    const victims = victimsOf(fate, possible);
    return {
      number: before + i + 1,
      victims,
      moment: victims.includes('agent') && chance.fraction() < 0.6 ? atWrite(chance) : afterMs(chance),
      deadMs: between(chance, 0, DEAD_MS_MAX),
      link: i >= badFrom && i < badFrom + BAD_LINK_ROUNDS ? 'bad' : 'good',
      restore: fate.restore === true ? { ago: between(chance, 0, 1) } : null,
      copy: fate.restore !== true && fate.victims.includes('database'),
    };
  });
}

/** What happens in one of ten rounds. */
interface Fate {
  readonly victims: readonly Victim[];
  readonly restore?: true;
}

/** Who dies in ten rounds: the agent most often, for it holds the truth; each of the others alone; and several at once. */
const TEN_FATES: readonly Fate[] = [
  { victims: ['agent'] },
  { victims: ['agent'] },
  { victims: ['agent'] },
  { victims: ['bridge-1'] },
  { victims: ['bridge-2'] },
  { victims: ['broker'] },
  { victims: ['database'] },
  { victims: ['agent', 'broker'] },
  // The workers stop before a restore, as the operators' guide has it.
  { victims: ['bridge-1', 'bridge-2', 'database'], restore: true },
  { victims: ['agent', 'bridge-1', 'bridge-2', 'broker', 'database'] },
];

/** Where a victim is not ours to kill, a worker dies in its place. */
function victimsOf({ victims }: Fate, possible: Possible): Victim[] {
  const ours = victims.filter((victim) => (victim === 'broker' || victim === 'database' ? possible[victim] : true));
  return ours.length > 0 ? ours : ['bridge-1'];
}

function afterMs(chance: Randomness): Moment {
  return { afterMs: between(chance, 0, MOMENT_MS_MAX) };
}

function atWrite(chance: Randomness): Moment {
  return { atWrite: between(chance, 1, WRITES_MAX) };
}
