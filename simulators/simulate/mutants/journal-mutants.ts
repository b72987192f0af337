/** Defects in the journal: what is durable, what is remembered, what is believed of a disk. */
import type { Mutant } from './mutant.js';

const STATE = 'agent/journal/state.ts';
const WRITER = 'agent/journal/segments/segment-writer.ts';

/** See the head of this file. */
export const JOURNAL_MUTANTS: readonly Mutant[] = [
  {
    name: 'file-not-synced',
    defect: 'Frames are reported durable when they were written, without fdatasync.',
    file: WRITER,
    search: 'try {\n      await this.#sync();\n    } catch (error) {\n      // The frames',
    replacement: 'try {\n    } catch (error) {\n      // The frames',
    first: 'exhaustive',
  },
  {
    name: 'failed-sync-believed',
    defect:
      'What a failed fdatasync left in the cache stays there, and the next life of the process takes it for durable.',
    file: WRITER,
    search: 'await this.#cutBack(start).catch(() => undefined);\n      throw error;',
    replacement: 'throw error;',
    first: 'seeds',
  },
  {
    name: 'folder-not-synced',
    defect: 'The name of a new segment is not made durable before frames are recorded in it.',
    file: WRITER,
    search: 'await disk.syncFolder(folder);\n      const writer',
    replacement: 'const writer',
    first: 'exhaustive',
  },
  {
    name: 'intent-deleted',
    defect: 'An intent is forgotten once the centre was told of it, though the card may come back.',
    file: STATE,
    search: 'if (open !== undefined) state.openIntents.set(step.tapId, { ...open, reported: true });',
    replacement: 'if (open !== undefined) state.openIntents.delete(step.tapId);',
    first: 'exhaustive',
  },
  {
    name: 'mark-at-intent',
    defect:
      'The high-water mark of a card is raised when a write is intended, not when it is done: the holder is stranded.',
    file: STATE,
    search: "    case 'intent':\n",
    replacement: `    case 'intent':
      raiseMark(state.highWater, { card: entry.step.card, family: entry.family }, { sequence: entry.step.ledgerSequence, recordHash: entry.recordHash });
`,
    first: 'exhaustive',
  },
  {
    name: 'newest-segment-dropped',
    defect: 'After a crash the newest segment counts as never used: its sequence numbers are given out again.',
    file: 'agent/journal/recovery.ts',
    search: 'if (newest && !claimed && scan.parts.length === 0) {',
    replacement: 'if (newest && !claimed) {',
    first: 'exhaustive',
  },
  {
    name: 'torn-tail-kept',
    defect: 'What a cut tore at the end of the newest segment is not cut off, and looks like damage ever after.',
    file: 'agent/journal/segments/segment-scan.ts',
    search: 'if (part.fromByte >= bounds.durableBytes && newestGroup <= indexBefore + 1) break;',
    replacement: '',
    first: 'exhaustive',
  },
  {
    name: 'checkpoint-forgets-marks',
    defect: 'The high-water marks are not in the checkpoint: what is opened from it no longer knows old images.',
    file: 'agent/journal/checkpoints/checkpoint-codec.ts',
    search: 'packMarks(state.highWater.get(LEDGER_FAMILIES.ration)),',
    replacement: 'packMarks(new Map()),',
    first: 'exhaustive',
  },
  {
    name: 'time-floor-forgotten',
    defect: 'The time floor does not outlive a restart.',
    file: 'agent/journal/checkpoints/checkpoint-codec.ts',
    search: 'state.timeFloorMs = fields.uint();',
    replacement: 'fields.uint();',
    first: 'exhaustive',
  },
];
