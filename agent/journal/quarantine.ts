/** Sets copies of damaged segments aside, with a report of what is wrong with them, for people and recovery tools. */
import type { JournalDamage } from './damage.js';
import { type Disk, replaceFile } from './disk.js';
import { loadSegment, segmentName } from './segments/segment-files.js';

/** Folder in the folder of the journal. */
export const QUARANTINE_FOLDER = 'quarantine';

/** Files that are kept there at most. */
const FILES_MAX = 64;

/** Name of the report in that folder for damage first found at an offset of a segment. */
export function reportName(segment: number, fromByte: number): string {
  return `${stem(segment, fromByte)}.json`;
}

/**
 * Copies the segments that `damages` are in, and writes a report beside each copy. The segments stay where they are: what can be read
 * in them is read. Gives the numbers of those that could be copied; a disk without room, or with other faults, does not keep the terminal from starting.
 */
export async function quarantine(
  disk: Disk,
  folder: string,
  damages: readonly JournalDamage[],
): Promise<readonly number[]> {
  const copied: number[] = [];
  for (const segment of new Set(damages.map((damage) => damage.segment))) {
    const here = damages.filter((damage) => damage.segment === segment);
    try {
      if (await setAside(disk, folder, here)) copied.push(segment);
    } catch {
      // The copy is for later study; the report of the opening tells that there is none.
    }
  }
  return copied;
}

async function setAside(disk: Disk, folder: string, damages: readonly JournalDamage[]): Promise<boolean> {
  const [first] = damages;
  if (first === undefined) return false;
  const { segment, fromByte } = first;
  const aside = `${folder}/${QUARANTINE_FOLDER}`;
  await disk.makeFolder(aside);
  if ((await disk.list(aside)).length > FILES_MAX - 2) return false;
  const report = new TextEncoder().encode(`${JSON.stringify({ file: segmentName(segment), damages }, null, 2)}\n`);
  await replaceFile(disk, { folder: aside, name: reportName(segment, fromByte) }, report);
  if (first.reason === 'missing' || first.reason === 'state') return false;
  const { bytes } = await loadSegment(disk, folder, segment);
  await replaceFile(disk, { folder: aside, name: `${stem(segment, fromByte)}.seg` }, bytes);
  return true;
}

function stem(segment: number, fromByte: number): string {
  return `${segmentName(segment).replace('.seg', '')}-${fromByte}`;
}
