/**
 * Health records: short summaries of history, prescriptions, images and laboratory work that a card carries, sealed, for health roles alone. The
 * centre has a copy of each, sealed to the health authority; everybody else sees kind, day and site at most.
 */
import type { CardKey } from './credential.js';

/** Kinds of records. Records, events and policies have them by their place or name: new ones are added at the end. */
export const HEALTH_KINDS = [
  'history',
  'prescription',
  'imaging',
  'laboratory-request',
  'laboratory-result',
  'allergy',
] as const;

/** One of {@link HEALTH_KINDS}. */
export type HealthKind = (typeof HEALTH_KINDS)[number];

/** Why somebody opens the records of a card: part of the event. New ones are added at the end. */
export const HEALTH_REASONS = ['treatment', 'emergency', 'holder-asked'] as const;

/** One of {@link HEALTH_REASONS}. */
export type HealthReason = (typeof HEALTH_REASONS)[number];

/** Most records that a card keeps: the newest. What left stands at the centre. */
export const HEALTH_RECORDS_MAX = 24;

/** Longest text of a record, in bytes of UTF-8: 56 Arabic letters, or 112 Latin ones. */
export const HEALTH_TEXT_BYTES_MAX = 112;

/** Longest name of a role that can write a record. */
export const HEALTH_ROLE_CHARS_MAX = 16;

/** Bytes of the id of a record. */
export const HEALTH_ID_BYTES = 8;

/** What a record says. */
export interface HealthContent {
  readonly kind: HealthKind;
  /** Days since 1970-01-01, by the calendar of the site. */
  readonly day: number;
  /** Number of the site that it was written at; 0 for one that has none. */
  readonly site: number;
  /** Role of whoever wrote it, e.g. `doctor`. */
  readonly role: string;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
  /** One line. */
  readonly text: string;
  /** Id of the record that it answers, as a result answers a request; null for none. */
  readonly answers: Uint8Array | null;
}

/** A record as it was read from a card. */
export interface HealthRecord extends HealthContent {
  /** 8 random bytes: names the record on the card and at the centre. */
  readonly id: Uint8Array;
  /** Signed by an enrolled terminal of a kind of site that may write such records. */
  readonly isConfirmed: boolean;
}

/** The card that records belong to. */
export interface HealthOwner {
  /** Dense serial. */
  readonly card: number;
  /** Key of the card itself: records of one card open on no other. */
  readonly cardKey: CardKey;
}

/** The records of one card, opened: only while that card is present. */
export interface CardVault {
  /** Epoch of the role's key that opened it; below {@link HealthVault.epoch} where the card is to be wrapped anew. */
  readonly epoch: number;
  /** The key was put on the card by an enrolled terminal of a site that may write records. Else nothing is written under it before a confirmed record shows it good. */
  readonly isTrusted: boolean;
  /** Reads one record; null for bytes that were not sealed under the key of this card. */
  unseal(image: Uint8Array): HealthRecord | null;
  /** Seals and signs a record as the card is to have it. Throws `ERR_HEALTH_ROOM` where it does not fit, or is no text of one line. */
  seal(content: HealthContent): { readonly id: Uint8Array; readonly image: Uint8Array };
  /** The card's key, wrapped under the newest key of the role. */
  wrapped(): Uint8Array;
}

/** What a terminal of a health site opens records with. */
export interface HealthVault {
  /** Newest epoch of the role's key here; null where this terminal has none, and can open no card. */
  epoch(): number | null;
  /** Opens the records of a card by what it carries of its key; null where no key here does. */
  open(owner: HealthOwner, wrapped: Uint8Array): CardVault | null;
  /** A new key for a card that has none. Throws `ERR_HEALTH_KEY` without a key of the role. */
  begin(owner: HealthOwner): CardVault;
  /** The centre's copy: sealed to the health authority. Throws `ERR_HEALTH_KEY` without a key of the role. */
  forAuthority(
    owner: Pick<HealthOwner, 'card'>,
    record: { readonly id: Uint8Array; readonly content: HealthContent },
  ): Uint8Array;
}

/** Who may read and write which health records. */
export interface HealthRecordRule {
  /** Roles of operators; absent: whoever is logged in. */
  readonly roles?: readonly string[];
  /** Kinds of sites; absent: every accredited one. */
  readonly siteKinds?: readonly string[];
  readonly read: readonly HealthKind[];
  readonly write: readonly HealthKind[];
}

/** The health records on cards. */
export interface HealthRecordRules {
  /** What any of them allows is allowed; nothing else is. */
  readonly rules: readonly HealthRecordRule[];
  /** What becomes of a new record on a card that is full: the oldest leaves the card and stays at the centre, or nothing more is written. */
  readonly whenFull: 'oldest-leaves' | 'refuse';
}
