/** What the centre holds of an epoch of a terminal: which events, in which order of times, and what goes on from it. */
import { eventId } from '../../../agent/domain/event.js';
import { judgeClock } from '../cases/clock.js';
import { judgeFork } from '../cases/fork.js';
import { judgeGap } from '../cases/gap.js';
import { BEFORE_FIRST, type EpochDocument, epochId, epochSchema, sorted } from '../documents.js';
import { type Evidence, headText } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { projection, type Surroundings } from './projection.js';

/** Ids of the epochs that an event concerns: its own, and the one that it says to go on from. */
export function epochsOf({ terminal, epoch, event }: Evidence): string[] {
  const own = epochId(terminal, epoch);
  if (event?.type !== 'epoch') return [own];
  return [...new Set([own, epochId(terminal, event.previous?.epoch ?? BEFORE_FIRST)])];
}

/** The projection. */
export const epochProjection = projection({
  prefix: 'epoch:',
  schema: epochSchema,
  empty: ([terminal, epoch]): EpochDocument => ({
    terminal: terminal ?? '',
    epoch: epoch ?? '',
    held: [],
    opening: null,
    successors: {},
    rivals: {},
    closedAt: null,
    backwards: {},
    ahead: {},
    gaps: [],
    cases: [],
  }),
  merge: (before, evidence, at) => {
    const own = evidence.filter((one) => one.epoch === before.epoch);
    return withGaps(withSuccessors(withOwn(before, own, at), evidence), at.nowMs);
  },
  // The gaps stay: the events may come back, and a gap that was there all the time keeps its age.
  clear: (before) => ({
    ...before,
    held: [],
    opening: null,
    successors: {},
    rivals: {},
    closedAt: null,
    backwards: {},
  }),
  judge: async (document, at) =>
    new Map([...judgeGap(document, at), ...judgeClock(document), ...(await judgeFork(document, at))]),
});

type Run = EpochDocument['held'][number];

function withOwn(before: EpochDocument, own: readonly Evidence[], at: Surroundings): EpochDocument {
  const rivals = { ...before.rivals };
  const ahead = { ...before.ahead };
  const backwards = { ...before.backwards };
  let { opening, held, closedAt } = before;
  for (const one of [...own].sort((a, b) => a.seq - b.seq)) {
    if (one.closedAt !== null) {
      closedAt = one.closedAt;
      continue;
    }
    const time = countedTime(one);
    if (time !== null && time * 1000 > at.nowMs + at.limits.aheadMaxMs) {
      ahead[one.id] ??= [time, Math.floor(at.nowMs / 1000)];
    }
    if (one.rival) {
      rivals[one.id] = one.head;
      continue;
    }
    if (one.seq === 1 && one.event?.type === 'epoch') opening = openingOf(one.event);
    held = withEvent(held, [one.seq, one.seq, time, time], (earlier, later) => {
      if (earlier[3] === null || later[2] === null) return;
      if ((earlier[3] - later[2]) * 1000 <= at.limits.backwardsMaxMs) return;
      backwards[eventId(before.terminal, before.epoch, later[0])] = [earlier[3], later[2]];
    });
  }
  const { oddEventsMax, heldRunsMax } = DOCUMENT_LIMITS;
  return {
    ...before,
    held: held.slice(0, heldRunsMax),
    opening,
    closedAt,
    rivals: sorted(rivals, oddEventsMax),
    backwards: sorted(backwards, oddEventsMax),
    ahead: sorted(ahead, oddEventsMax),
  };
}

/** The runs with one more event. `meet` hears of each two events that become neighbours: of every such pair once, in whatever order they come. */
function withEvent(held: readonly Run[], event: Run, meet: (earlier: Run, later: Run) => void): Run[] {
  const [seq] = event;
  if (held.some(([first, last]) => first <= seq && seq <= last)) return [...held];
  const before = held.find(([, last]) => last === seq - 1);
  const behind = held.find(([first]) => first === seq + 1);
  if (before !== undefined) meet(before, event);
  if (behind !== undefined) meet(event, behind);
  const start = before ?? event;
  const end = behind ?? event;
  const joined: Run = [start[0], end[1], start[2], end[3]];
  const others = held.filter((run) => run !== before && run !== behind);
  return [...others, joined].sort((a, b) => a[0] - b[0]);
}

function withSuccessors(before: EpochDocument, evidence: readonly Evidence[]): EpochDocument {
  const successors = { ...before.successors };
  for (const { id, epoch, event } of evidence) {
    if (event?.type !== 'epoch' || (event.previous?.epoch ?? BEFORE_FIRST) !== before.epoch) continue;
    const { previous, cause } = event;
    successors[id] = { epoch, seq: previous?.seq ?? 0, head: previous === null ? '' : headText(previous.head), cause };
  }
  return { ...before, successors: sorted(successors, DOCUMENT_LIMITS.oddEventsMax) };
}

/**
 * Everything up to the last event that is held, or that a later epoch names, must be there. An epoch that began because the terminal's history
 * was not the centre's says again what is missing from this one. A gap keeps the age of the one that it is a part of.
 */
function withGaps(document: EpochDocument, nowMs: number): EpochDocument {
  const { held } = document;
  const successors = Object.values(document.successors).filter(({ cause }) => cause !== 'mismatch');
  const end = Math.max(held.at(-1)?.[1] ?? 0, ...successors.map(({ seq }) => seq));
  const gaps: EpochDocument['gaps'] = [];
  let next = 1;
  for (const [first, last] of [...held, [end + 1, end + 1] as const]) {
    if (first > next) {
      const range = { first: next, last: first - 1 };
      const known = document.gaps.filter((gap) => gap.first <= range.last && gap.last >= range.first);
      gaps.push({ ...range, sinceMs: Math.min(nowMs, ...known.map(({ sinceMs }) => sinceMs)) });
    }
    next = Math.max(next, last + 1);
  }
  return { ...document, gaps };
}

function openingOf(event: Extract<Evidence['event'], { readonly type: 'epoch' }>): EpochDocument['opening'] {
  const { time, cause, previous } = event;
  if (previous === null) return { time, cause, previous: null };
  return { time, cause, previous: { epoch: previous.epoch, seq: previous.seq, head: headText(previous.head) } };
}

/** The time of an event in seconds, or null where it is not known or the terminal itself doubts it. */
function countedTime({ event }: Evidence): number | null {
  if (event === null) return null;
  const doubtful = 'versions' in event && event.versions.time === 'doubtful';
  return doubtful ? null : event.time;
}
