import type { CountedTexts, Texts } from './texts.js';

/** A bound on what may be taken. All bounds of a commodity hold at once. */
export interface Quota {
  /** `member`: amount × members this card draws for. `household`: the card's share of the household's amount, rounded down. `card`: the amount. */
  readonly per: 'member' | 'household' | 'card';
  readonly every: 'day' | 'month';
  /** In the unit of the commodity. */
  readonly amount: number;
}

/** Something that a programme hands out. */
export interface Commodity {
  readonly id: string;
  /** Stands for the commodity on cards and in events; never used again for another. */
  readonly number: number;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly quotas: readonly Quota[];
}

/** One programme, as its authority rules it. */
export interface Programme {
  readonly id: string;
  readonly number: number;
  readonly title: Texts;
  /** Which ledger on the card it uses. */
  readonly family: number;
  /** Ration schemes whose cards may draw. */
  readonly schemes: readonly number[];
  readonly commodities: readonly Commodity[];
  /**
   * Most that is served, of each commodity, to a card whose newest ledger slot is damaged or not trusted here; 0 refuses.
   * It bounds what garbling a slot can gain at each further terminal.
   */
  readonly doubtfulLedgerMax: number;
  /**
   * Most that is served of each commodity, in one day, to a card whose medium can be copied (anything but a smart card that proves itself);
   * 0 refuses such media. Absent: bounded by the quotas alone.
   */
  readonly copyableMaxDay?: number;
  /** Within what a service that was not handed over may be taken back by a supervisor. Absent: never. */
  readonly voids?: VoidRules;
}

/** Bounds on taking a service back. */
export interface VoidRules {
  /** Seconds after the service. */
  readonly withinSeconds: number;
  /** Services taken back at one terminal in one calendar day of the site. */
  readonly perDayMax: number;
}

/** The rules that a terminal serves under: a signed, versioned document. */
export interface Policy {
  readonly version: number;
  readonly name: string;
  /** Seconds since 1970: nothing is served under it from then on. */
  readonly expiresAt: number;
  /** IANA time zone by which days and months are counted. */
  readonly timeZone: string;
  readonly programmes: readonly Programme[];
}
