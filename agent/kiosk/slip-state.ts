/** Slips as the page shows and prints them: part of what the page is told. */
import type { PaperKind } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';

/** One paper on a slip. */
export interface SlipPaperView {
  readonly kind: PaperKind;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly units: number;
  /** Last day, `YYYY-MM-DD`. */
  readonly until: string;
  /** Name of the site that the holder chose; null for any. */
  readonly site: string | null;
}

/** A slip. Names nobody: whom it is for is said by the card or the list. */
export interface SlipView {
  /** What its QR code says. */
  readonly text: string;
  /** As people read it to each other, e.g. `3F2A 91BC`. */
  readonly number: string;
  readonly papers: readonly SlipPaperView[];
  /** The end of the card's serial, or of the number in the list, whom it is for. */
  readonly ending: string;
  /** Day on which it was written, `YYYY-MM-DD`. */
  readonly day: string;
}

/** A slip that was read, while the card of its holder is waited for. */
export interface BroughtSlipView {
  /** Names the command that calls it off. */
  readonly tapId: string;
  readonly slip: SlipView;
}
