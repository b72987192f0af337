/** What a journal takes up on the disk, without opening it: for progress bars, and for checks while the terminal runs. */
import { type Disk, faultOf } from './disk.js';
import { segmentNumber } from './segments/segment-files.js';

/** What is there. */
export interface JournalUsage {
  readonly segments: number;
  /** Sizes of their files; the newest one has some room that is not used yet. */
  readonly bytes: number;
}

/** Counts the segments in a folder; none where there is no folder. Needs neither key nor lock. Rejects with what the disk reported. */
export async function journalUsage(disk: Disk, folder: string): Promise<JournalUsage> {
  let names: readonly string[];
  try {
    names = await disk.list(folder);
  } catch (error) {
    if (faultOf(error) === 'ENOENT') return { segments: 0, bytes: 0 };
    throw error;
  }
  let segments = 0;
  let bytes = 0;
  for (const name of names) {
    if (segmentNumber(name) === null) continue;
    const size = await sizeOf(disk, `${folder}/${name}`);
    if (size === null) continue;
    segments += 1;
    bytes += size;
  }
  return { segments, bytes };
}

/** Null for a file that was removed a moment ago: a terminal that runs prunes. */
async function sizeOf(disk: Disk, path: string): Promise<number | null> {
  try {
    const file = await disk.open(path, 'read');
    try {
      return await file.sizeBytes();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (faultOf(error) === 'ENOENT') return null;
    throw error;
  }
}
