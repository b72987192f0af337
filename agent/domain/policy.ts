import type { HealthRecordRules } from './health-record.js';
import type { CountedTexts, Texts } from './texts.js';

/** A bound on what may be taken. All bounds of a commodity hold at once. */
export interface Quota {
  /** `member`: amount × members this card draws for. `household`: the card's share of the household's amount, rounded down. `card`: the amount. */
  readonly per: 'member' | 'household' | 'card';
  /** Calendar day, month or year of the site; `once`: in the life of the card's ledger. */
  readonly every: 'day' | 'month' | 'year' | 'once';
  /** In the unit of the commodity. */
  readonly amount: number;
  /** Other amounts for some holders. The first line that names the holder counts; none: `amount`. */
  readonly lines?: readonly QuotaLine[];
}

/** Whom a line names: whoever fits all that it states. One that states nothing is for everybody. */
export interface HolderLine {
  readonly schemes?: readonly number[];
  readonly plans?: readonly number[];
  readonly classes?: readonly number[];
}

/** The amount of a quota for some holders; 0: nothing. */
export interface QuotaLine extends HolderLine {
  readonly amount: number;
}

/** Something that a programme hands out or does: a loaf, a check-up, a month's contribution, the activation of a card. */
export interface Commodity {
  readonly id: string;
  /** Stands for the commodity on cards and in events; never used again for another. */
  readonly number: number;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly quotas: readonly Quota[];
  /** What becomes of what was not taken by the end of a month. Absent: it lapses. */
  readonly carryOver?: CarryOver;
  /** The quota of the day may be collected this many days ahead. Needs exactly one quota for the day. */
  readonly aheadDays?: number;
  /** What the ledger must show before. All must hold. */
  readonly needs?: readonly AccountNeed[];
  /** What one unit adds to accounts on the ledger. */
  readonly gives?: readonly AccountChange[];
  /** What one unit takes off accounts on the ledger (points, a purse); refused where there is not enough. */
  readonly costs?: readonly AccountChange[];
  /** What one unit costs in money, and how much of it the holder pays. Absent: nothing. */
  readonly price?: Price;
  /** The paper that is used up, one unit for each unit of this commodity. */
  readonly consumes?: PaperUse;
  /** The paper that is written. */
  readonly writes?: PaperRule;
  /** Roles of operators who may do it; absent: those of the programme. */
  readonly roles?: readonly string[];
  /** Kinds of sites that may do it; absent: those of the programme. */
  readonly siteKinds?: readonly string[];
}

/**
 * What becomes of what was not taken. `accumulate`: it stays in `account`, in the unit of the commodity, at most `max`, and is drawn from there.
 * `convert`: each unit becomes `amountEach` in `account`. Months without any tap count as well, at most `monthsMax` of them.
 */
export type CarryOver =
  | { readonly kind: 'accumulate'; readonly account: number; readonly max: number; readonly monthsMax: number }
  | { readonly kind: 'convert'; readonly account: number; readonly amountEach: number; readonly monthsMax: number };

/**
 * A value that the ledger keeps. `amount`: a balance, never below zero (points, visits left, a purse in minor units). `until`: the last day on which
 * something holds, in days since 1970-01-01 (contributions paid until). `flag`: 0 or 1 (activated).
 */
export interface Account {
  readonly id: string;
  /** Stands for the account on cards and in events; never used again for another. */
  readonly number: number;
  readonly kind: 'amount' | 'until' | 'flag';
  readonly name: Texts;
  /** Most that an `amount` may come to, or the last day that an `until` may be moved to; what would be above it is refused. */
  readonly max: number;
  /** True where only a medium that proves itself may hold it (a purse). */
  readonly needsProof?: boolean;
}

/** `amount`: at least this much. `until`: today is not after it, `graceDays` included. `flag`: set (`atLeast` 1). */
export interface AccountNeed {
  readonly account: number;
  readonly atLeast?: number;
  readonly graceDays?: number;
  /** Classes of coverage for which the need does not hold (those whose contributions the state pays). */
  readonly exceptClasses?: readonly number[];
}

/** `amount`, `flag`: the number is added. `until`: the day is moved on by `months` (from today where it had passed) to the same day of the month, or its last. */
export interface AccountChange {
  readonly account: number;
  readonly amount?: number;
  readonly months?: number;
}

/** Money in minor units of the policy's currency. */
export interface Price {
  /** Of one unit. */
  readonly amount: number;
  /** The holder's part. Absent: the holder pays all. */
  readonly copayment?: Copayment;
}

/** The holder's part of a price: a sum or a rate, bounded for one service. The first line that names the holder counts; none: all of it. */
export interface Copayment {
  readonly lines: readonly CopaymentLine[];
}

/** The holder's part for some holders. */
export interface CopaymentLine extends HolderLine {
  /** Of one unit, in minor units. */
  readonly amount?: number;
  /** In thousandths of the price, rounded half up to the minor unit. */
  readonly permille?: number;
  /** Most for one service. */
  readonly max?: number;
}

/** Kinds of papers that a ledger can hold. */
export const PAPER_KINDS = ['referral', 'prescription', 'appointment', 'request'] as const;

/** One of {@link PAPER_KINDS}. */
export type PaperKind = (typeof PAPER_KINDS)[number];

/** Which paper is used up. */
export interface PaperUse {
  readonly kind: PaperKind;
  /** Named exemptions that stand in for the paper, each of them audited. */
  readonly exemptions?: readonly string[];
}

/** What a paper is written for. */
export interface PaperRule {
  readonly kind: PaperKind;
  /** Numbers of the commodities that it may be written for. */
  readonly for: readonly number[];
  /** Days that it holds, that of writing included, and most units that it may be written for. */
  readonly days: number;
  readonly quantityMax: number;
  /** The holder names one of the accredited sites of this kind; absent: any site may take it. */
  readonly chooseSiteKind?: string;
  /** True: printed as a slip where no ledger can take it; such slips are taken. */
  readonly slip?: boolean;
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
  /** Most of each commodity to a card whose newest ledger slot is damaged or not trusted here; 0 refuses. It bounds what garbling a slot can gain at each terminal. */
  readonly doubtfulLedgerMax: number;
  /**
   * Most that is served of each commodity, in one day, to a card whose medium can be copied (anything but a smart card that proves itself);
   * 0 refuses such media. Absent: bounded by the quotas alone.
   */
  readonly copyableMaxDay?: number;
  /**
   * What becomes of a card that shows an older endorsement than this terminal once saw on it, or none: `rewrite` puts the newest one back, where the
   * terminal has it; `refuse` sends the holder to the card office. Without the endorsement the card is refused either way. Absent: `rewrite`.
   */
  readonly olderEndorsement?: 'rewrite' | 'refuse';
  /** Within what a service that was not handed over may be taken back by a supervisor. Absent: never. */
  readonly voids?: VoidRules;
  /** What its ledger keeps besides use. */
  readonly accounts?: readonly Account[];
  /** Number of the account of the family that the holder's part of prices may be paid from: an `amount` that needs proof, in minor units. Absent: money alone. */
  readonly purse?: number;
  /** Who is covered. Absent: whoever the schemes name. */
  readonly coverage?: CoverageRule;
  /** Who may serve, and where. Absent: every site and every operator. */
  readonly place?: PlaceRule;
  /** When it is served. Absent: as long as the policy holds. */
  readonly dates?: DateRule;
  /** Free of the programme's other counts: a day or weeks of services with a target list. */
  readonly campaign?: CampaignRule;
  /** What may be served without the centre. Absent: no bound but the policy's own expiry. */
  readonly offline?: OfflineRule;
  /** When the holder must prove who they are. Absent: never. */
  readonly secondFactor?: SecondFactorRule;
  /** Who may draw for a holder. Absent: nobody else. */
  readonly representatives?: RepresentativeRule;
  /** Named exemptions that an operator may claim, each of them an audited decision. */
  readonly exemptions?: readonly Exemption[];
  /** True: decided, shown and recorded, but without effect on any entitlement. */
  readonly isTrial?: boolean;
}

/** Who is covered: the card's coverage claim must name a plan (and class) of these. */
export interface CoverageRule {
  readonly plans: readonly { readonly plan: number; readonly classes?: readonly number[] }[];
  /** Days after the issue of the card before it counts. */
  readonly waitingDays?: number;
}

/** Where it may be served. */
export interface PlaceRule {
  /** Kinds of sites, e.g. `outlet`, `bakery`, `family-unit`, `hospital`, `pharmacy`, `post-office`. */
  readonly siteKinds?: readonly string[];
  /** Sites must be on the list of accredited ones. */
  readonly accredited?: boolean;
  /** Governorates or districts in which it is rolled out; absent: all. */
  readonly areas?: readonly string[];
  /** Roles of operators. */
  readonly roles?: readonly string[];
  /** `home`: at the holder's home site only; `area`: at sites of the home site's area; `any`: everywhere. Absent: `any`. */
  readonly portability?: 'home' | 'area' | 'any';
}

/** Days, `YYYY-MM-DD`, both included, by the site's calendar. */
export interface DateRule {
  readonly from?: string;
  readonly until?: string;
}

/** A campaign: counted apart, in commodities of its own. */
export interface CampaignRule {
  /** Names of sites; absent: every site that the place allows. */
  readonly sites?: readonly string[];
  /** Name of the roster whose persons are served; absent: everybody. */
  readonly roster?: string;
  /** True: persons of the roster are served without a card as well, found by id or name. */
  readonly withoutCard?: boolean;
}

/** Bounds on serving while the centre is not heard of. */
export interface OfflineRule {
  /** Units of all commodities of the programme that one terminal serves between two contacts with the centre. */
  readonly unitsMax?: number;
  /** Services that one terminal does between two contacts. */
  readonly servicesMax?: number;
  /** Steps by days since contact, ascending; the last one that is reached counts. */
  readonly ladder?: readonly OfflineStep[];
  /** Days without time signed by the centre or the authority, after which nothing is served. */
  readonly daysWithoutSignedTimeMax?: number;
}

/** From `afterDays` without contact on: at most `permille` of every quota of the day (0 refuses). */
export interface OfflineStep {
  readonly afterDays: number;
  readonly permille: number;
}

/** Kinds of proof of who the holder is. Events have them by their place: new ones are added at the end. */
export const FACTORS = ['pin', 'id-document', 'representative-card'] as const;

/** One of {@link FACTORS}. */
export type Factor = (typeof FACTORS)[number];

/** When a PIN or another proof is asked for. */
export interface SecondFactorRule {
  /** On media of these kinds, always. */
  readonly media?: readonly string[];
  /** From this many units in one service on. */
  readonly fromUnits?: number;
  /** From this much in one service on that is paid from the purse, in minor units. */
  readonly fromPurse?: number;
  /** Kinds of proof that do, the first being the one that is asked for. */
  readonly accepts: readonly Factor[];
}

/** Drawing for somebody else. */
export interface RepresentativeRule {
  /** `household`: a card of the same household. `named`: whoever the roster names for the holder. */
  readonly who: 'household' | 'named';
  /** Services for others by one person in a month. */
  readonly perMonthMax: number;
}

/** An audited way round a condition. */
export interface Exemption {
  readonly id: string;
  /** Stands for it in events; never used again for another. */
  readonly number: number;
  readonly name: Texts;
  readonly roles: readonly string[];
  /** Whether a supervisor has to allow it. */
  readonly supervisor: boolean;
  /** Claims at one terminal in one calendar day. */
  readonly perDayMax: number;
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
  /** ISO 4217 code of every sum in it. Absent: it has none. */
  readonly currency?: string;
  /** Holders are told from this many days before their card expires. */
  readonly remindDays?: number;
  /** Absent: nobody opens or writes health records. */
  readonly healthRecords?: HealthRecordRules;
  readonly programmes: readonly Programme[];
}
