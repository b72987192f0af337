/**
 * A slip: papers that no ledger could take, signed by the terminal that wrote them and carried on paper as a QR code. What it grants is what the ledger would have
 * granted; what it lacks is a place that says "used", so terminals and the centre remember that.
 */

/** Version of the slip format: the number in the prefix of its text, and the first element of its content. */
export const SLIP_VERSION = 1;

/** Bytes of the id of a slip. */
export const SLIP_ID_BYTES = 8;

/** Whom a slip was written for: the holder of a card, or a person of a roster. Nobody's name: whoever may serve the person has the roster. */
export type SlipSubject = { readonly card: number } | { readonly roster: number; readonly person: number };

/** One paper on a slip. */
export interface SlipPaper {
  /** Index in `PAPER_KINDS`. */
  readonly kind: number;
  /** What it may be used for; each commodity once on a slip. */
  readonly commodity: number;
  /** At least 1. */
  readonly units: number;
  /** Last day that it holds, in days since 1970-01-01. */
  readonly untilDay: number;
  /** Number of the site that it was written for; 0 for any. */
  readonly site: number;
}

/** What a slip says. */
export interface Slip {
  /** 16 hex digits, drawn at random: the id of the tap that wrote it. */
  readonly id: string;
  /** Number of the programme that wrote it. */
  readonly programme: number;
  readonly subject: SlipSubject;
  readonly papers: readonly SlipPaper[];
  /** Number of the site that wrote it; 0 for one that no list names. */
  readonly site: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
}

/** Whether both are the same person or card. */
export function isSameSubject(a: SlipSubject, b: SlipSubject): boolean {
  if ('card' in a) return 'card' in b && a.card === b.card;
  return 'roster' in b && a.roster === b.roster && a.person === b.person;
}

/** The number of a slip as people read it: the first half of its id, in two groups, e.g. `3F2A 91BC`. */
export function slipNumber(id: string): string {
  return `${id.slice(0, 4)} ${id.slice(4, 8)}`.toUpperCase();
}

/** Units used of one paper of a slip. */
export interface SlipUsed {
  /** Id of the slip, 16 hex digits. */
  readonly slip: string;
  readonly commodity: number;
  readonly units: number;
  /** Units that the slip was written for, of this paper: more can never be used of it, wherever. */
  readonly of: number;
}
