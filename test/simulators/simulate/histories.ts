/** Made-up histories for the checkers: a small one in which all is well, and the parts to spoil it with. */
import { encodeSlot, readSlotImage } from '../../../agent/credential/ledger.js';
import type { RedemptionEvent, VoidEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { LedgerRecord } from '../../../agent/domain/ledger.js';
import type { StoredEntry } from '../../../agent/journal/entries/entry-codec.js';
import type { IntentStep } from '../../../agent/journal/journal.js';
import { Checkers, type Violation } from '../../../simulators/simulate/checker.js';
import { allCheckers } from '../../../simulators/simulate/checkers/all.js';
import { History } from '../../../simulators/simulate/history.js';
import type { Observation, SeenEvent, SeenFrame, SeenOpening } from '../../../simulators/simulate/observations.js';
import { bodyHash, bodySalt, epochBase, nextHead } from '../../../sync/protocol/chain.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { signerOf } from '../../support/people.js';

/** The machine, terminal and epoch of these histories. */
export const MACHINE = 'unit-1/1';
export const TERMINAL = 'unit-1';
export const EPOCH = '2026q4-abcdefgh';
export const CARD = 4_711;

const SIGNER = signerOf(11);
const TIME = 1_795_251_600;
const SALT_KEY = new Uint8Array(32).fill(5);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const versions = { keys: 1, hotlist: 1, policy: 1, time: 'set' } as const;

/** A service of the card. */
export function service(ledgerSequence: number, change: Partial<RedemptionEvent> = {}): RedemptionEvent {
  const items = [{ commodity: 1, quantity: 3 }];
  return {
    type: 'redemption',
    time: TIME,
    card: CARD,
    ledgerSequence,
    programme: 1,
    items,
    versions,
    operator: 0,
    ...change,
  };
}

/** The intent of a tap. */
export function intentOf(tapId: string, ledgerSequence: number): IntentStep {
  const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
  const record: LedgerRecord = {
    ...{ family: 1, cause: 'service' as const, sequence: ledgerSequence, previous: new Uint8Array(8), day: 20_778 },
    ...{ time: TIME, usage: [{ commodity: 1, usedDay: 3, usedMonth: 3 }], signer: SIGNER.keyId },
  };
  const slotImage = encodeSlot(record, { uid, card: CARD }, { signer: SIGNER, slotBytes: 200 });
  const items = [{ commodity: 1, quantity: 3 }];
  return { step: 'intent', tapId, atMs: TIME * 1000, card: CARD, uid, ledgerSequence, slotImage, programme: 1, items };
}

/** The intent that takes the service with number 2 back, as number 3; `usedDay` is what stands on the card then. */
export function voidIntentOf(tapId: string, usedDay = 0, ledgerSequence = 3): IntentStep {
  const { slotImage: _, ...intent } = intentOf(tapId, ledgerSequence);
  const usage = usedDay === 0 ? [] : [{ commodity: 1, usedDay, usedMonth: usedDay }];
  const record: LedgerRecord = {
    ...{ family: 1, cause: 'void' as const, sequence: ledgerSequence, previous: new Uint8Array(8), day: 20_778 },
    ...{ time: TIME, usage, signer: SIGNER.keyId },
  };
  const slotImage = encodeSlot(record, { uid: intent.uid, card: CARD }, { signer: SIGNER, slotBytes: 200 });
  return { ...intent, slotImage, takesBack: { ledgerSequence: 2, servedAtMs: TIME * 1000, supervisor: 9 } };
}

/** A void of the service with number 2. */
export function voidOf(change: Partial<VoidEvent> = {}): VoidEvent {
  const { time, card, programme, items } = service(2);
  return {
    ...{ type: 'void', time, card, ledgerSequence: 3, voided: 2, programme, items, versions },
    ...{ operator: 0, supervisor: 9 },
    ...change,
  };
}

/** Writes a journal: each call gives the next frame of a machine. */
export class Chain {
  readonly epoch: string;
  readonly machine: string;
  readonly base: string;
  #head: Uint8Array;
  #seq = 0;
  #frames = 0;

  constructor(machine = MACHINE, epoch = EPOCH) {
    this.machine = machine;
    this.epoch = epoch;
    this.#head = epochBase({ terminal: TERMINAL, epoch, previous: null });
    this.base = hex(this.#head);
  }

  /** A frame with these entries and events. */
  frame(entries: readonly StoredEntry[], events: readonly WaslEvent[] = []): SeenFrame {
    this.#frames += 1;
    const { machine, epoch, base } = this;
    const seen = events.map((event): SeenEvent => {
      this.#seq += 1;
      const bytes = encodeEvent(event);
      const hash = bodyHash(bodySalt(SALT_KEY, this.#seq), bytes);
      const before = this.#head;
      this.#head = nextHead(before, this.#seq, hash);
      const chained = { before: hex(before), head: hex(this.#head) };
      return { seq: this.#seq, bytes: hex(bytes), bodyHash: hex(hash), event, ...chained };
    });
    const at = { segment: 1, index: this.#frames - 1, epoch, base, previous: null, timeMs: TIME * 1000 };
    return { type: 'frame', machine, ...at, entries, events: seen };
  }

  /** The first frame of the epoch. */
  opening(): SeenFrame {
    return this.frame([], [{ type: 'epoch', time: TIME, cause: 'first', previous: null }]);
  }

  intent(tapId: string, ledgerSequence: number): SeenFrame {
    const step = intentOf(tapId, ledgerSequence);
    return this.frame([{ kind: 'intent', step, family: 1, recordHash: readSlotImage(step.slotImage).hash }]);
  }

  /** Begins to take back what {@link voidIntentOf} says. */
  voidIntent(step: IntentStep): SeenFrame {
    return this.frame([{ kind: 'intent', step, family: 1, recordHash: readSlotImage(step.slotImage).hash }]);
  }

  /** Takes the service of `served` back: its commit, its event, and that nothing of either tap is handed over. */
  voidCommit(tapId: string, served: string, event: WaslEvent = voidOf()): SeenFrame {
    const atMs = TIME * 1000;
    const over = [tapId, served].map((one): StoredEntry => {
      return { kind: 'step', step: { step: 'dispensed', tapId: one, atMs } };
    });
    return this.frame([{ kind: 'commit', tapId, atMs, seq: this.#seq + 1 }, ...over], [event]);
  }

  dispensed(tapId: string): SeenFrame {
    return this.frame([{ kind: 'step', step: { step: 'dispensed', tapId, atMs: TIME * 1000 } }]);
  }

  commit(tapId: string, ledgerSequence: number): SeenFrame {
    const commit: StoredEntry = { kind: 'commit', tapId, atMs: TIME * 1000, seq: this.#seq + 1 };
    return this.frame([commit], [service(ledgerSequence)]);
  }
}

/** The machine appears. */
export function machine(name = MACHINE, copyOf: string | null = null): Observation {
  return { type: 'machine', machine: name, terminal: TERMINAL, copyOf };
}

/** A journal that was opened, with what a history of one committed tap would show. */
export function opened(chain: readonly SeenFrame[], change: Partial<SeenOpening> = {}): SeenOpening {
  const events = chain.flatMap((frame) => frame.events);
  const last = events.at(-1);
  return {
    ...{ type: 'opened', machine: MACHINE, fresh: false, fromCheckpoint: false, tornBytes: 0 },
    ...{ damages: [], quarantined: [], setAside: 0, openIntents: [], undispensed: [], marks: [] },
    epochs: [{ name: EPOCH, lastSeq: last?.seq ?? 0, head: last?.head ?? '', missing: [], pruned: 0 }],
    ...change,
  };
}

/** What all checkers say of a history. */
export function violationsOf(history: readonly Observation[]): readonly Violation[] {
  return judged(history).violations;
}

/** All checkers, after a history. */
export function judged(history: readonly Observation[]): Checkers {
  const checkers = new Checkers(new History(), allCheckers());
  for (const seen of history) checkers.see(seen);
  return checkers;
}
