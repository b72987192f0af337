/** What an offer asks for besides quantities, and what is paid: part of what the page is told. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { WayToPay } from '../domain/payment.js';
import type { PaperKind } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';

/** Somebody who may allow that a service is taken back. */
export interface SupervisorView {
  readonly number: number;
  readonly name: string;
}

/** Why something did not do, and what now. */
export interface HintView {
  readonly code: ErrorCode;
  readonly text: Texts;
}

/** What has to be said of a paper that is to be written. */
export interface WritesView {
  readonly kind: PaperKind;
  /** What it may be written for. */
  readonly for: readonly {
    readonly commodity: string;
    readonly name: Texts;
    readonly unit: CountedTexts;
  }[];
  readonly quantityMax: number;
  /** It may go without: the commodity is a service by itself. */
  readonly isOptional: boolean;
  /** Where the holder may take it; null where any site will do. */
  readonly sites: readonly { readonly number: number; readonly name: string; readonly area: string }[] | null;
}

/** A paper on the card that holds today. */
export interface PaperView {
  readonly kind: PaperKind;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly left: number;
  /** Last day, `YYYY-MM-DD`. */
  readonly until: string;
  /** The site that the holder chose; null for any. `isHere`: it is this one. */
  readonly site: { readonly name: string; readonly isHere: boolean } | null;
}

/** An exemption that may be claimed for this offer. */
export interface ExemptionView {
  readonly number: number;
  readonly name: Texts;
  /** A supervisor allows it with a PIN. */
  readonly supervisor: boolean;
  readonly isClaimed: boolean;
}

/** A proof of the holder that the programme asks for. */
export interface ProofView {
  /** From this many units on; 1 for always, null for never. */
  readonly fromUnits: number | null;
  /** From this much on that is paid from the purse, in minor units; absent for never. */
  readonly fromPurse?: number;
  /** What the clerk can see for themselves. */
  readonly document: 'given' | 'not-given' | 'not-accepted';
  /** What the card has to say: its holder types a PIN; absent where the rule takes none, or the card has none. `triesLeft`: after a wrong one. */
  readonly pin?: { readonly isGiven: boolean; readonly triesLeft: number | null };
}

/** A sum that was paid, or is to be. */
export interface PaymentView {
  readonly method: WayToPay;
  /** In minor units. */
  readonly amount: number;
  /** ISO 4217; empty where the policy names none. */
  readonly currency: string;
}

/** The account on the card that prices may be paid from. */
export interface PurseView {
  /** What can be paid from it, in minor units; null for a card that cannot hold it, since it could be copied. */
  readonly balance: number | null;
}

/** What an offer asks for besides quantities; absent where it asks for nothing. */
export interface OfferMore {
  readonly papers: readonly PaperView[];
  readonly exemptions: readonly ExemptionView[];
  readonly supervisors: readonly SupervisorView[];
  readonly proof: ProofView | null;
  /** ISO 4217 code; null where nothing has a price. */
  readonly currency: string | null;
  /** How the holder can pay here; empty where nothing is paid at this desk. */
  readonly methods: readonly WayToPay[];
  /** What the holder may pay from; absent where the programme names no purse. */
  readonly purse?: PurseView;
  /** Why nothing is offered without an exemption, or why the last claim did not do. */
  readonly hint: HintView | null;
}

/** A paper that is asked for with a service. */
export interface PaperChoice {
  /** Commodity that writes it, and the one that it is written for. */
  readonly writtenBy: string;
  readonly commodity: string;
  readonly quantity: number;
  /** Number of the site; 0 for any. */
  readonly site: number;
}
