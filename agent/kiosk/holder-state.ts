/** Whom the screen is about, as the kiosk page is told. */

/** Who stands at the counter, from the verified credential. Shown, never logged. */
export interface HolderView {
  /** Full name in the language of the card, then in its second script where the card has one. */
  readonly names: readonly { readonly text: string; readonly language: string }[];
  /** Persons in the household, and for how many of them this card draws. */
  readonly householdSize: number;
  readonly draws: number;
  /** Last digits of the card's serial, to compare with what is printed on the card; of a person without a card those of the id in the list. */
  readonly cardEnding: string;
  /** There is no card: this is somebody on a list. */
  readonly isListed?: true;
}

/** Who collects for a holder; `tapId` calls it off. */
export interface StandInView {
  readonly tapId: string;
  readonly holder: HolderView;
}

/** Whom a code of another issuer is about: verified, and no claim to anything. Shown, never logged. */
export interface IdentityView {
  readonly names: readonly { readonly text: string; readonly language: string }[];
  /** Identifier of the person with that issuer. */
  readonly id: string | null;
  /** Name that the authority gave the issuer. */
  readonly issuer: string;
}

/** Somebody on a list, as far as it tells persons of one name apart. Shown, never logged. */
export interface PersonView {
  readonly number: number;
  readonly names: HolderView['names'];
  readonly mother: string | null;
  readonly father: string | null;
  readonly birthYear: number | null;
  /** Governorate or district of the home site; null where no list names it. */
  readonly area: string | null;
  /** Last characters of the id in the list. */
  readonly idEnding: string;
}
