/** What an acknowledgement means for our own journal. */
import { sameBytes } from '../../agent/credential/cbor.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { EpochInfo, JournalReader, JournalState } from '../../agent/journal/journal.js';
import type { Ack } from '../protocol/ack.js';

/**
 * `advance`: the centre holds more than we knew, and the very chain that we have.
 * `regress`: the centre was restored and holds less than it once acknowledged.
 * `nothing-new`: genuine, but it moves nothing; it may be an old one that came again, so it is no proof of contact either.
 * `mismatch`: the centre holds another chain than ours, or less than we can still give it: this epoch is over. Everything from
 * `resumeFrom` on has to be said again in a new one.
 */
export type AckVerdict =
  | { readonly kind: 'advance' | 'regress' }
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'mismatch'; readonly resumeFrom: number };

/** The newest life of the centre that any acknowledgement has shown us; 0 for none. */
export function newestIncarnation(state: JournalState): number {
  let newest = 0;
  for (const mark of state.acknowledged.values()) newest = Math.max(newest, mark.incarnation);
  return newest;
}

/**
 * Compares an acknowledgement, whose signature was checked, with the journal. Throws `ERR_ACK_MISMATCH` when it is for another
 * terminal and `ERR_ACK_INCARNATION` when it is from an older life of the centre: neither says anything about us now.
 */
export async function judgeAck(ack: Ack, terminal: string, journal: JournalReader): Promise<AckVerdict> {
  if (ack.terminal !== terminal) throw new WaslError('ERR_ACK_MISMATCH', 'the acknowledgement is for another terminal');
  const state = journal.state();
  if (ack.incarnation < newestIncarnation(state)) throw new WaslError('ERR_ACK_INCARNATION');
  const epoch = journal.epochs().find((info) => info.name === ack.epoch);
  if (epoch === undefined) return { kind: 'nothing-new' };
  const mark = state.acknowledged.get(ack.epoch);
  const cursor = mark?.seq ?? 0;
  const newLife = mark !== undefined && ack.incarnation > mark.incarnation;
  // What an earlier life of the centre acknowledged says nothing about what this one holds of our chain.
  const proven = newLife ? 0 : cursor;
  // More than we have: this disk was put back to an earlier state, or another one uses our identity. Once we have left that epoch it
  // is no news.
  if (highestHeld(ack) > epoch.lastSeq && (newLife || cursor < epoch.lastSeq))
    return { kind: 'mismatch', resumeFrom: proven + 1 };
  if (ack.seq <= cursor && !newLife) return { kind: 'nothing-new' };
  return judgeHead(ack, { epoch, cursor, proven, journal });
}

/** The highest sequence that an acknowledgement shows the centre to hold: behind the last gap that it names, there is something. */
export function highestHeld(ack: Ack): number {
  const gap = ack.missing.at(-1);
  return gap === undefined ? ack.seq : gap.last + 1;
}

interface OwnChain {
  readonly epoch: EpochInfo;
  readonly cursor: number;
  /** Newest sequence that this life of the centre is known to hold of our chain; 0 for none. */
  readonly proven: number;
  readonly journal: JournalReader;
}

async function judgeHead(ack: Ack, own: OwnChain): Promise<AckVerdict> {
  const { epoch, cursor, proven, journal } = own;
  const head = await journal.headAt(epoch.name, ack.seq);
  if (head === null) return { kind: 'mismatch', resumeFrom: await firstHeld(own, ack.seq) };
  // Of nothing there is no head to compare.
  if (ack.seq > 0 && !sameBytes(head, ack.head)) return { kind: 'mismatch', resumeFrom: proven + 1 };
  return { kind: ack.seq < cursor ? 'regress' : 'advance' };
}

/** The first event after `seq` that the journal still has: it prunes from the front only, so halving finds it. */
async function firstHeld({ epoch, journal }: OwnChain, seq: number): Promise<number> {
  let gone = seq;
  let held = epoch.lastSeq;
  while (held - gone > 1) {
    const middle = Math.floor((gone + held) / 2);
    const [event] = await journal.readEvents(epoch.name, middle, { countMax: 1, bytesMax: 1 });
    if (event?.seq === middle) held = middle;
    else gone = middle;
  }
  return held;
}
