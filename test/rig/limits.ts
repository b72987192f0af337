/** Limits of the journal under the rig: segments, checkpoints and pruning within seconds. */
import type { JournalLimits } from '../../agent/journal/limits.js';

/** See above. */
export const RIG_LIMITS: Partial<JournalLimits> = {
  segmentBytesMax: 32 * 1024,
  allocateBytes: 8 * 1024,
  checkpointFrames: 100,
  backupWindowDays: 3,
};
