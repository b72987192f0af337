/**
 * What a service is decided on, and what a decision says: the vocabulary of `decide` and `apply`. Pure values: the terminal gathers them, the rules
 * look at nothing else, so the same snapshot and request give the same decision on any machine, at any time.
 */
import type { CoverageClaim } from '../domain/credential.js';
import type { OfferedItem } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { DecisionVersions, TakenItem } from '../domain/event.js';
import type { LedgerBalance, LedgerMore, LedgerPaper, LedgerUsage } from '../domain/ledger.js';
import type { Factor, Policy, Programme } from '../domain/policy.js';
import type { ServiceEffects, SlipOfPaper } from '../domain/service-effects.js';
import type { Facts } from './facts.js';

export type { Charge, CountedItem, PaperUsed, ServiceEffects, SlipOfPaper } from '../domain/service-effects.js';

/** The site that serves, from the signed list of sites. */
export interface SiteFacts {
  /** 0 for a site that no list names. */
  readonly number: number;
  /** Its name in the list, as campaigns name it; empty for a site that no list names. */
  readonly name: string;
  /** E.g. `bakery`, `family-unit`, `hospital`, `pharmacy`, `post-office`; see `PlaceRule`. */
  readonly kind: string;
  /** Governorate or district. */
  readonly area: string;
  readonly accredited: boolean;
}

/** Who serves. */
export interface OperatorFacts {
  /** Number in the roster of operators; 0 where the site has no log-in. */
  readonly number: number;
  readonly role: string;
}

/** Who is served: from a verified credential, or from a roster where the campaign allows it. */
export interface HolderFacts {
  /** Serial of the card; null for a person without one. */
  readonly card: number | null;
  readonly household: number;
  readonly householdSize: number;
  readonly draws: number;
  /** Number of the home site, 0 for none, and its area where a list names it. */
  readonly homeSite: number;
  readonly homeArea: string | null;
  readonly coverage: CoverageClaim | null;
  readonly rationScheme: number | null;
  /** Site's calendar days since 1970-01-01. */
  readonly issuedDay: number;
  readonly expiresDay: number;
  /** Names of the rosters that list this person. */
  readonly rosters: readonly string[];
}

/** What a ledger says: of one record, or after it was rolled over to a later day. */
export interface LedgerState {
  /** The day that the counters count for; see `LedgerRecord`. */
  readonly day: number;
  readonly usage: readonly LedgerUsage[];
  readonly more: LedgerMore;
}

/** The ledger that counts, on the card or (for persons without one) in the journal of the terminal: the newest record, not rolled over. */
export interface LedgerFacts extends LedgerState {
  /** Sequence that the next record will have: what is written now is numbered by it. */
  readonly nextSequence: number;
  /** True when the newest slot is damaged or not trusted here: `programme.doubtfulLedgerMax` bounds what is served. */
  readonly isDoubtful: boolean;
  /**
   * What the next record can take. `use`: what is counted, and no further papers. `nothing`: the card has no ledger of this family, or there is no card; what is
   * served is counted in the journal of this terminal alone. Absent: everything.
   */
  readonly takes?: 'use' | 'nothing';
}

/** A paper of a slip that was presented, with what this terminal knows to be left of it. Its number is 0: on no ledger. */
export interface PaperOnSlip extends LedgerPaper {
  readonly slip: SlipOfPaper;
}

/** How the card was presented. */
export interface MediumFacts {
  /** `ntag216`, `type4`, `qr` …; `none` for a person without a card. */
  readonly kind: string;
  /** True when the medium can be copied. */
  readonly isCopyable: boolean;
}

/** What this terminal did and heard lately. */
export interface ExposureFacts {
  /** Whole days since the centre was last heard of; null for never. */
  readonly daysSinceContact: number | null;
  /** Whole days since time signed by centre or authority; null for never. */
  readonly daysSinceSignedTime: number | null;
  /** Of this programme, since the last contact. */
  readonly units: number;
  readonly services: number;
  /** Claims of each exemption at this terminal today, by its number. */
  readonly exemptionsToday: readonly { readonly exemption: number; readonly count: number }[];
  /** Services for others at this terminal this month, by the card of who collected. */
  readonly representedThisMonth: readonly { readonly card: number; readonly count: number }[];
}

/** Everything that a decision depends on. */
export interface ServiceSnapshot {
  readonly policy: Policy;
  readonly programme: Programme;
  readonly site: SiteFacts;
  readonly operator: OperatorFacts;
  readonly holder: HolderFacts;
  readonly ledger: LedgerFacts;
  readonly medium: MediumFacts;
  readonly exposure: ExposureFacts;
  /** Papers of the slip that was presented for this very holder. Absent: none was. */
  readonly slips?: readonly PaperOnSlip[];
  /** The site's calendar day, in days since 1970-01-01, and the time in seconds since 1970. */
  readonly day: number;
  readonly timeSec: number;
  readonly versions: DecisionVersions;
}

/** A paper that is asked for, with the commodity that writes it. */
export interface PaperRequest {
  /** The commodity that writes it: among the items asked for. */
  readonly writtenBy: number;
  /** What it is written for, and how much. */
  readonly commodity: number;
  readonly quantity: number;
  /** Number of the site that the holder chose; 0 for any. */
  readonly site: number;
}

/** Who stands at the desk for the holder. */
export interface Representative {
  /** Serial of their own card. */
  readonly card: number;
  readonly household: number;
  /** True when the roster names this person for the holder. */
  readonly isNamed: boolean;
}

/** What the operator claims before anything is chosen. */
export interface ServiceClaims {
  /** Number of the exemption that the operator claims. */
  readonly exemption?: number;
  /** Number of the supervisor who allows it. */
  readonly supervisor?: number;
  readonly representative?: Representative;
  /** Proofs that the holder has given, e.g. `pin`. */
  readonly factors?: readonly Factor[];
}

/** What is asked for. */
export interface ServiceRequest extends ServiceClaims {
  /** Each commodity once; an item of nothing does not count. */
  readonly items: readonly TakenItem[];
  /** Each commodity once. */
  readonly papers?: readonly PaperRequest[];
  /** The holder's part of the prices is to be taken off the account that the programme names. Absent: it is paid in money, which is no part of a decision. */
  readonly paysFrom?: 'purse';
}

/** The service is granted. */
export interface ServiceGrant {
  readonly outcome: 'grant';
  readonly programme: number;
  readonly items: readonly TakenItem[];
  readonly effects: ServiceEffects;
  /** Number of the exemption that it rests on (that stood in for a paper); 0 for none. */
  readonly exemption: number;
  readonly supervisor: number;
  /** The proof of the holder that it rests on; absent where none was asked for. */
  readonly factor?: Factor;
  /** Serial of the card of whoever collected for the holder; absent where nobody did. */
  readonly representative?: number;
  /** Number of the account that the holder's part was paid from; absent where it was paid in money, or nothing was to be paid. */
  readonly paidFrom?: number;
  readonly isTrial: boolean;
  /** Days until the card expires, where the holder is to be told; else null. */
  readonly remindDays: number | null;
  readonly versions: DecisionVersions;
}

/** The service is refused by one rule. */
export interface ServiceRefusal {
  readonly outcome: 'refuse';
  readonly programme: number;
  readonly reason: ErrorCode;
  /** Id of the rule that refused, e.g. `bread.loaf.quota-day`: where in the policy the reason stands. */
  readonly rule: string;
  readonly versions: DecisionVersions;
}

/** The outcome of a request. */
export type ServiceDecision = ServiceGrant | ServiceRefusal;

/** What may be had now. */
export interface ServiceOffer {
  readonly outcome: 'offer';
  readonly programme: number;
  readonly items: readonly OfferedItem[];
  readonly balances: readonly LedgerBalance[];
  /** Papers that hold today. */
  readonly papers: readonly LedgerPaper[];
  readonly remindDays: number | null;
  readonly versions: DecisionVersions;
}

/** One rule's verdict, as `explain` lists it: every rule that looked, in the order in which they looked. */
export interface RuleVerdict {
  /** As in {@link ServiceRefusal.rule}. */
  readonly rule: string;
  readonly holds: boolean;
  /** Null when it holds. */
  readonly reason: ErrorCode | null;
  /** What it compared, for plain words. */
  readonly facts: Facts;
}
