/** What an import leaves besides events: the record of itself, and the cases where there was doubt. */

import { textOf } from '../bridge/documents.js';
import type { StoredDocument } from '../bridge/store.js';
import type { SeqRange } from '../protocol/ack.js';
import type { DeadJournal, JournalLoss, OpenTap } from './dead-journal.js';

/** Database of the records of imports. */
export const IMPORTS_DATABASE = 'wasl-imports';

/** Losses that are listed in a document. */
const LOSSES_MAX = 32;

/** Who imports, and with what. */
export interface ImportedBy {
  /** Account, as the operating system or the person says. */
  readonly by: string;
  readonly host: string;
  /** The terminal's public key, hex; null when nothing tells which key was its own. */
  readonly publicKey: string | null;
  /** True when the events were signed with the terminal's own key, so that batches prove them as if it had sent them. */
  readonly signed: boolean;
}

/** Events in a row that a journal had. */
export interface ImportedRange extends SeqRange {
  readonly epoch: string;
  readonly base: Uint8Array | null;
  readonly head: Uint8Array;
}

/** Id of an import: the same files make the same import. */
export function importId({ terminal, sha256 }: Pick<DeadJournal, 'terminal' | 'sha256'>): string {
  return `import:${terminal}:${sha256.slice(0, 16)}`;
}

/**
 * The record of an import. What it proves, and to whom: these events stood, in these places and with this chain, in a journal sealed under
 * the terminal's key. Whoever holds that key could have made it, the centre among them, so it convinces who trusts the centre; a batch
 * that the terminal signed convinces everybody.
 */
export function importDocument(
  journal: DeadJournal,
  who: ImportedBy,
  what: { readonly ranges: readonly ImportedRange[]; readonly at: string },
): StoredDocument {
  const { terminal, sha256, files, bytes, tornBytes, losses, undispensed } = journal;
  return {
    _id: importId(journal),
    kind: 'import',
    terminal,
    ...who,
    at: what.at,
    journal: { sha256, files, bytes, tornBytes, losses: losses.slice(0, LOSSES_MAX).map((loss) => loss.what) },
    undispensed,
    ranges: what.ranges.map(({ epoch, first, last, base, head }) => ({
      epoch,
      first,
      last,
      base: base === null ? null : textOf(base),
      head: textOf(head),
    })),
  };
}

interface CaseParts {
  readonly journal: Pick<DeadJournal, 'terminal' | 'sha256'>;
  readonly at: string;
}

/** A tap that a dead terminal never finished: nobody knows whether the card was debited, and nobody was served as far as is known. */
export function unresolvedCase(tap: OpenTap, { journal, at }: CaseParts): StoredDocument {
  const { tapId, atMs, card, ledgerSequence, programme, items } = tap;
  return {
    _id: `import-unresolved:${journal.terminal}:${tapId}`,
    kind: 'import-unresolved',
    ...opened(journal, at),
    reason:
      'The terminal died in the middle of this tap: the card may have been debited without the holder being served.',
    subject: { terminal: journal.terminal, card, ledgerSequence, programme },
    items,
    tapAt: new Date(atMs).toISOString(),
  };
}

/** Events that neither the journal nor the centre has. */
export function importGapCase(epoch: string, range: SeqRange, { journal, at }: CaseParts): StoredDocument {
  const { terminal } = journal;
  const { first, last } = range;
  return {
    _id: `import-gap:${terminal}:${epoch}:${first}-${last}`,
    kind: 'import-gap',
    ...opened(journal, at),
    reason: `Events ${first} to ${last} were destroyed with the terminal, and never reached the centre.`,
    subject: { terminal, epoch },
    first,
    last,
  };
}

/** Damage of which nobody knows how many events were in it. */
export function importDamageCase(losses: readonly JournalLoss[], { journal, at }: CaseParts): StoredDocument {
  return {
    _id: `import-damage:${journal.terminal}:${journal.sha256.slice(0, 16)}`,
    kind: 'import-damage',
    ...opened(journal, at),
    reason: 'The journal was damaged: taps or events may have been in what cannot be read.',
    subject: { terminal: journal.terminal },
    losses: losses.slice(0, LOSSES_MAX),
  };
}

/** The centre holds another chain than the journal: one of the two was written by a copy of the terminal. */
export function importForkCase(
  epoch: string,
  heads: { readonly journal: Uint8Array; readonly centre: Uint8Array; readonly seq: number },
  { journal, at }: CaseParts,
): StoredDocument {
  return {
    _id: `import-fork:${journal.terminal}:${epoch}`,
    kind: 'import-fork',
    ...opened(journal, at),
    cause: 'clone',
    reason:
      'The centre holds another history of this epoch than the journal: somebody else used the identity of the terminal.',
    subject: { terminal: journal.terminal, epoch },
    seq: heads.seq,
    heads: { journal: textOf(heads.journal), centre: textOf(heads.centre) },
  };
}

function opened(journal: CaseParts['journal'], at: string): object {
  return { status: 'open', cause: 'terminal', import: importId(journal), noticedAt: at };
}
