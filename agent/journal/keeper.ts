/**
 * What goes on beside the appends: checkpoints, and the pruning of segments. One at a time.
 *
 *   pruning:  copy of the state without them → base.1 → base.2 → forgotten here → checkpoint → files removed, oldest first
 *
 * A cut before `base.1` is durable leaves everything as it was. After it the segments count as pruned, whatever files are still there: the
 * next opening sees to the other base first, and then removes them.
 */
import type { KeyObject } from 'node:crypto';
import type { Randomness } from '../domain/clock.js';
import { CHECKPOINT_NAME, sealCheckpoint, writeCheckpoint } from './checkpoints/checkpoint.js';
import type { Checkpoint } from './checkpoints/checkpoint-codec.js';
import { writeBases } from './checkpoints/checkpoint-files.js';
import { type Disk, removeIfThere } from './disk.js';
import type { History } from './history.js';
import type { JournalLimits } from './limits.js';
import { copyHistory, lastPrunable, prune } from './pruning.js';
import { segmentNumber } from './segments/segment-files.js';

/** Flushes after which pruning that failed is tried again. */
const RETRY_FLUSHES = 1024;

/** What a keeper works with. */
export interface KeeperParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly random: Randomness;
  readonly history: History;
  readonly limits: JournalLimits;
}

/** See above. */
export class Keeper {
  readonly #parts: KeeperParts;
  #framesSinceCheckpoint = 0;
  #running: Promise<void> | null = null;
  #suspect = false;
  /** Flushes to go before pruning is tried again. */
  #pause = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Called after each flush. */
  flushed(frames: number): void {
    this.#framesSinceCheckpoint += frames;
    if (this.#pause > 0) this.#pause -= 1;
    if (this.#running === null && this.#pause === 0 && this.#prunable() !== null) this.#run(() => this.#prune());
    if (this.#framesSinceCheckpoint >= this.#parts.limits.checkpointFrames) this.#checkpoint();
  }

  /** Something durable could not be read: the next opening looks at every segment again. */
  doubt(): void {
    this.#suspect = true;
    this.#checkpoint();
  }

  /** After what is under way, writes a last checkpoint. Never rejects. */
  async close(clean: boolean): Promise<void> {
    await this.#running;
    if (clean) this.#checkpoint();
    await this.#running;
  }

  /** Writes a checkpoint of this moment, beside what else goes on. One that is due while another is written waits for its next turn. */
  #checkpoint(): void {
    this.#run(() => this.#writeCheckpoint());
  }

  #run(work: () => Promise<void>): void {
    if (this.#running !== null) return;
    this.#running = work()
      // A checkpoint only saves time, pruning only room: with a full disk what is there does.
      .catch(() => undefined)
      .finally(() => {
        this.#running = null;
      });
  }

  async #writeCheckpoint(): Promise<void> {
    this.#framesSinceCheckpoint = 0;
    const { disk, folder, key, random, history } = this.#parts;
    const bytes = sealCheckpoint(key, checkpointOf(history, this.#suspect), random);
    await writeCheckpoint({ disk, folder, name: CHECKPOINT_NAME }, bytes);
  }

  #prunable(): ReturnType<typeof lastPrunable> {
    return lastPrunable(this.#parts.history, this.#parts.limits.backupWindowDays);
  }

  async #prune(): Promise<void> {
    const { disk, folder, random, history } = this.#parts;
    const upTo = this.#prunable();
    if (upTo === null) return;
    this.#pause = RETRY_FLUSHES;
    const copy = copyHistory(history);
    prune(copy, upTo);
    await writeBases(this.#parts, checkpointOf(copy, this.#suspect), random);
    prune(history, upTo);
    await this.#writeCheckpoint();
    await removePruned({ disk, folder, history });
    this.#pause = 0;
  }
}

/** What an opening has to finish of a pruning that a cut ended: bases that are lost are written anew, then files are removed. */
export async function finishPruning(
  parts: Omit<KeeperParts, 'limits'>,
  found: { readonly leftovers: readonly number[]; readonly basesLost: readonly string[] },
): Promise<void> {
  try {
    if (found.basesLost.length > 0) await writeBases(parts, checkpointOf(parts.history, false), parts.random);
    if (found.leftovers.length > 0) await removePruned(parts);
  } catch {
    // The files stay until the bases can be written; they count as pruned all the same. The next opening tries again.
  }
}

/** Removes the files of pruned segments, oldest first. */
async function removePruned({
  disk,
  folder,
  history,
}: Pick<KeeperParts, 'disk' | 'folder' | 'history'>): Promise<void> {
  const upTo = history.pruned?.segment ?? 0;
  for (const name of await disk.list(folder)) {
    const segment = segmentNumber(name);
    if (segment !== null && segment <= upTo) await removeIfThere(disk, `${folder}/${name}`);
  }
  await disk.syncFolder(folder);
}

function checkpointOf(history: History, suspect: boolean): Checkpoint {
  const newest = [...history.segments.values()].at(-1);
  const at = newest === undefined ? null : { segment: newest.segment, end: newest.end };
  return { history, at, suspect };
}
