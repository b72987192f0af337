/** Where events stand in the segments: every so many events one place is remembered, reading goes on from there. Pure. */

/** Events between two remembered places: a search reads at most this many frames in vain. */
const STRIDE = 64;

/** A remembered place: a frame whose first event is `seq`. */
export interface EventPlace {
  readonly seq: number;
  readonly segment: number;
  /** Offset of the frame in its segment. */
  readonly offset: number;
}

/** Remembered places of all epochs. Memory: one place for 64 events, and one for each segment. */
export interface EventIndex {
  /** Takes note of a frame with events. Called in the order of the chain; `jump` after anything that was skipped. */
  note(epoch: string, place: EventPlace, jump: boolean): void;
  /** The last remembered place at or before `seq`, or null. */
  find(epoch: string, seq: number): EventPlace | null;
  /** Forgets the places in segments up to this one. */
  forget(upToSegment: number): void;
  /** All places, for a checkpoint. */
  dump(): ReadonlyMap<string, readonly EventPlace[]>;
}

/** An index, empty or from a checkpoint. */
export function createEventIndex(places: ReadonlyMap<string, readonly EventPlace[]> = new Map()): EventIndex {
  const byEpoch = new Map([...places].map(([epoch, list]) => [epoch, [...list]]));
  return {
    note: (epoch, place, jump) => {
      const list = byEpoch.get(epoch) ?? [];
      if (list.length === 0) byEpoch.set(epoch, list);
      const last = list.at(-1);
      const due = last === undefined || last.segment !== place.segment || place.seq >= last.seq + STRIDE;
      if (due || jump) list.push(place);
    },
    find: (epoch, seq) => {
      const list = byEpoch.get(epoch) ?? [];
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((list[middle]?.seq ?? 0) <= seq) low = middle + 1;
        else high = middle;
      }
      return list[low - 1] ?? null;
    },
    forget: (upToSegment) => {
      for (const [epoch, list] of byEpoch) {
        const kept = list.filter((place) => place.segment > upToSegment);
        if (kept.length === 0) byEpoch.delete(epoch);
        else if (kept.length < list.length) byEpoch.set(epoch, kept);
      }
    },
    dump: () => byEpoch,
  };
}
