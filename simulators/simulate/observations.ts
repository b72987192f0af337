/**
 * What an observer who sees everything notes: the input of all checkers. A machine is a terminal's box with its disk; where a disk is put
 * back to an image or copied, a machine of another name begins, which knows what the image knew. Times are of the simulation.
 */
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { StoredEntry } from '../../agent/journal/entries/entry-codec.js';
import type { JournalEntry, SeqRange } from '../../agent/journal/journal.js';
import type { TrustVersions } from '../../agent/trust/trust.js';
import type { StoredDocument } from '../../sync/bridge/store.js';
import type { FaultKind } from './faults.js';

/** An event as it stands in a journal. Hashes and bytes are hex. */
export interface SeenEvent {
  readonly seq: number;
  readonly bytes: string;
  readonly bodyHash: string;
  /** Head of the chain before and after it. */
  readonly before: string;
  readonly head: string;
  readonly event: WaslEvent;
}

/** A frame that has become durable on a machine's disk. */
export interface SeenFrame {
  readonly type: 'frame';
  readonly machine: string;
  readonly segment: number;
  readonly index: number;
  readonly epoch: string;
  /** What the segment says of the epoch: its base, and the end of the one before. */
  readonly base: string;
  readonly previous: { readonly epoch: string; readonly seq: number; readonly head: string } | null;
  readonly timeMs: number;
  readonly entries: readonly StoredEntry[];
  readonly events: readonly SeenEvent[];
}

/** An epoch as an open journal shows it. */
export interface SeenEpoch {
  readonly name: string;
  readonly lastSeq: number;
  readonly head: string;
  readonly missing: readonly SeqRange[];
  /** Events 1 to this were pruned; 0 for none. */
  readonly pruned: number;
}

/** A journal that was opened, and what it came to. */
export interface SeenOpening {
  readonly type: 'opened';
  readonly machine: string;
  readonly fresh: boolean;
  readonly fromCheckpoint: boolean;
  readonly tornBytes: number;
  /** Damage that the report lists, `known` or new. */
  readonly damages: readonly { readonly segment: number; readonly reason: string; readonly known: boolean }[];
  readonly quarantined: readonly number[];
  /** Copies of segments that stand in quarantine now. */
  readonly setAside: number;
  readonly epochs: readonly SeenEpoch[];
  readonly openIntents: readonly string[];
  readonly undispensed: readonly string[];
  /** Card and sequence. */
  readonly marks: readonly (readonly [number, number])[];
}

/** What a screen shows. */
export interface SeenScreen {
  readonly type: 'screen';
  readonly machine: string;
  readonly name: string;
  readonly tapId: string | null;
  readonly code: ErrorCode | null;
  /** Of a grant: `terminal:epoch:seq`. */
  readonly receipt: string | null;
  /** Of a grant what is handed over, of a void what was given back. */
  readonly taken: number;
  /** Whether the hotlist in force has a serial. */
  readonly hotlisted?: (card: number) => boolean;
}

/** One thing that was seen. */
export type Observation =
  | { readonly type: 'machine'; readonly machine: string; readonly terminal: string; readonly copyOf: string | null }
  | { readonly type: 'retired'; readonly machine: string }
  /** A machine's disk as it is now, under a name: another machine may later begin from it. */
  | { readonly type: 'image'; readonly machine: string; readonly image: string }
  | SeenFrame
  | SeenOpening
  | SeenScreen
  /** An append that resolved: its caller believes that it is durable. */
  | {
      readonly type: 'appended';
      readonly machine: string;
      readonly entries: readonly JournalEntry[];
      readonly events: readonly { readonly epoch: string; readonly seq: number; readonly head: string }[];
    }
  /** An append was asked for. `hotlisted`: whether the list that is in force at this moment has a serial. */
  | {
      readonly type: 'appending';
      readonly machine: string;
      readonly entries: readonly JournalEntry[];
      readonly hotlisted: (card: number) => boolean;
    }
  /** A page of a ledger slot was written, or torn; bytes in hex, `at` from the beginning of the slot. */
  | {
      readonly type: 'card-write';
      readonly machine: string;
      readonly card: string;
      readonly serial: number;
      readonly at: number;
      readonly bytes: string;
    }
  /**
   * The lists in force on a machine after a start or a reload. `brought`: versions of the files that were to be read, null when they are
   * not all what the authority published. `whole`: what the lists say is what was published under their versions.
   */
  | {
      readonly type: 'lists';
      readonly machine: string;
      readonly outcome: 'taken' | 'refused' | 'started';
      readonly versions: TrustVersions;
      readonly brought: TrustVersions | null;
      readonly whole: boolean;
    }
  /** The centre signed an acknowledgement. `heldHead`: the head over events 1 to `seq` as its documents had them; null where one was not there. */
  | {
      readonly type: 'ack-signed';
      readonly terminal: string;
      readonly epoch: string;
      readonly seq: number;
      readonly head: string;
      readonly incarnation: number;
      readonly timeMs: number;
      readonly heldHead: string | null;
    }
  /** A worker promised that a batch is stored. `heads` of its events, in order, where the sender is known. */
  | {
      readonly type: 'batch-stored';
      readonly terminal: string;
      readonly epoch: string;
      readonly first: number;
      readonly heads: readonly string[];
      /** For each event: in its place, beside it, or nowhere. */
      readonly found: readonly ('place' | 'beside' | 'nowhere')[];
      /** Of those beside: whether a case says so. */
      readonly cased: readonly boolean[];
    }
  /** A document of an event was created, or is no more what it was. */
  | {
      readonly type: 'document';
      readonly id: string;
      readonly terminal: string;
      readonly epoch: string;
      readonly seq: number;
      readonly head: string;
      readonly change: 'created' | 'changed';
    }
  /** The time floor of a machine, and the latest that its clock, the centre and the authority have told it. */
  | { readonly type: 'floor'; readonly machine: string; readonly floorMs: number; readonly allowedMs: number }
  /** A PIN is being judged; or it was, and was right. `atMs`: the time by which the terminal goes. */
  | { readonly type: 'pin'; readonly machine: string; readonly atMs: number; readonly outcome: 'judged' | 'right' }
  /** A terminal says that something happened which never should. */
  | { readonly type: 'internal-fault'; readonly machine: string; readonly message: string }
  /** Events 1 to `upTo` of an epoch are no longer on a machine. */
  | { readonly type: 'pruned'; readonly machine: string; readonly epoch: string; readonly upTo: number }
  /** How large things are. */
  | { readonly type: 'size'; readonly what: string; readonly size: number; readonly max: number }
  | {
      readonly type: 'fault';
      readonly kind: FaultKind;
      readonly machine?: string;
      readonly serial?: number;
      readonly harm?: 'data' | 'none';
    }
  /** A living machine's journal at the end, read through the product. */
  | {
      readonly type: 'journal';
      readonly machine: string;
      readonly backlog: number;
      readonly epochs: readonly {
        readonly epoch: SeenEpoch;
        readonly events: readonly { readonly seq: number; readonly head: string; readonly bytes: string }[];
      }[];
    }
  /** The centre at the end. */
  | {
      readonly type: 'centre';
      readonly events: readonly StoredDocument[];
      readonly cases: readonly StoredDocument[];
      /** Whether settlement had taken in everything. */
      readonly settled: boolean;
      /** Its projections. */
      readonly settlement: readonly StoredDocument[];
    }
  /** All is over. `healedMs`: how long it took after healing until no backlog was left; null when it never came to that. */
  | {
      readonly type: 'end';
      readonly mode: 'safety' | 'liveness';
      readonly healedMs: number | null;
      readonly boundMs: number;
      readonly waiting: readonly string[];
    };
