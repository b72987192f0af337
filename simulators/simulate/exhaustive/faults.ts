/** Every fault of one sitting, one after another: each is tried at 0, 1, 2 … until it no longer happens. */
import { LOSE_ALL, type Tear } from '../../world/inode.js';
import { HALF_OF_LAST, KEEP_ALL, TEARS } from '../../world/tears.js';
import type { TornKind } from './card.js';
import type { CardFault, DiskFault, Sitting } from './plan.js';
import type { Sat } from './sitting.js';

/** Carries out a sitting with its faults, looks at what came of it, and says what happened. */
export type Try = (sitting: Sitting) => Promise<Pick<Sat, 'diskHit' | 'cardHit' | 'calls' | 'callsBeforeCardFault'>>;

/** Calls, writes or commands after which a sitting that still goes on is a fault of this file. */
const STEPS_MAX = 10_000;

const AFTERWARDS: readonly Sitting['afterwards'][] = ['again', 'power', 'dismiss'];

/** A power cut at every call to the disk with every tear, a kill, a full disk and a disk that fails. */
export async function everyDiskFault(sitting: Sitting, attempt: Try): Promise<void> {
  await until(async (call) => {
    const isHit = await everyCut({ ...sitting, diskFault: faultAt(call, 'cut') }, attempt);
    for (const verdict of ['ENOSPC', 'EIO'] as const) {
      if (isHit) await attempt({ ...sitting, diskFault: faultAt(call, verdict) });
    }
    return isHit;
  });
}

/** A power cut at every call to the disk of a terminal that starts after a fault: nothing kept, or half of what was being written. */
export async function everySecondCut(sitting: Sitting, attempt: Try): Promise<void> {
  await until(async (call) => {
    let isHit = false;
    for (const tear of [LOSE_ALL, HALF_OF_LAST])
      isHit = (await attempt({ ...sitting, diskFault: { ...faultAt(call, 'cut'), tear } })).diskHit;
    return isHit;
  });
}

/** The card torn in every page that is written, with these kinds of torn bits, and taken away before every command. */
export async function everyCardFault(sitting: Sitting, kinds: readonly TornKind[], attempt: Try): Promise<void> {
  for (const afterwards of AFTERWARDS) {
    for (const bits of kinds) {
      await until(async (write) => {
        const cardFault: CardFault = { kind: 'torn', write, bits };
        return (await attempt({ ...sitting, afterwards, cardFault })).cardHit;
      });
    }
    await until(async (command) => {
      const cardFault: CardFault = { kind: 'removed', command };
      return (await attempt({ ...sitting, afterwards, cardFault })).cardHit;
    });
  }
}

/** The card torn in every page and back at once, and then a power cut or a kill at every call to the disk that follows. */
export async function everyPairOfFaults(sitting: Sitting, bits: TornKind, attempt: Try): Promise<void> {
  await until(async (write) => {
    const torn: Sitting = { ...sitting, afterwards: 'again', cardFault: { kind: 'torn', write, bits } };
    const { cardHit, calls, callsBeforeCardFault } = await attempt(torn);
    for (let call = callsBeforeCardFault; cardHit && call < calls; call += 1)
      await everyCut({ ...torn, diskFault: faultAt(call, 'cut') }, attempt);
    return cardHit;
  });
}

/** A cut at one call with every tear, and a kill. Where nothing was waiting to become durable, there is nothing to tear. */
async function everyCut(sitting: Sitting & { readonly diskFault: DiskFault }, attempt: Try): Promise<boolean> {
  let waiting = 0;
  const counting: Tear = {
    ...LOSE_ALL,
    data: (pending) => {
      waiting += pending.length;
      return [];
    },
  };
  const withTear = (tear: Tear): Sitting => ({ ...sitting, diskFault: { ...sitting.diskFault, tear } });
  const { diskHit } = await attempt(withTear(counting));
  if (!diskHit) return false;
  const tears = waiting === 0 ? [KEEP_ALL] : TEARS.filter((tear) => tear !== LOSE_ALL);
  for (const tear of tears) await attempt(withTear(tear));
  await attempt({ ...sitting, diskFault: faultAt(sitting.diskFault.call, 'kill') });
  return true;
}

/** Counts up until `attempt` says that nothing happened any more. */
async function until(attempt: (step: number) => Promise<boolean>): Promise<void> {
  for (let step = 0; step < STEPS_MAX && (await attempt(step)); step += 1);
}

function faultAt(call: number, verdict: DiskFault['verdict']): DiskFault {
  return { call, verdict, tear: LOSE_ALL };
}
