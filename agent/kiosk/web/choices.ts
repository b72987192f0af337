/** What the clerk has chosen from an offer, and the command that it comes to. Pure. */
import { chargeOf } from '../../domain/money.js';
import type { ItemView, KioskCommand, PaperChoice, Screen, WritesView } from '../state.js';

type Offer = Extract<Screen, { readonly name: 'offer' }>;

/** What was chosen of papers that one commodity writes. */
export interface PaperLines {
  /** What the stepper is about: the commodity that it is written for; null for none. */
  readonly at: string | null;
  /** Units for each commodity. */
  readonly units: Readonly<Record<string, number>>;
  /** Number of the site; 0 for any, or none chosen yet. */
  readonly site: number;
}

/** Everything that was chosen; by commodity. */
export interface Choices {
  readonly quantities: Readonly<Record<string, number>>;
  readonly papers: Readonly<Record<string, PaperLines>>;
}

/** Nothing chosen yet. */
export const NO_CHOICES: Choices = { quantities: {}, papers: {} };

/** How much of a commodity is taken: all there is of what is handed out, none of what is chosen; never more than there is. */
export function quantityOf(choices: Choices, item: ItemView): number {
  if (isPaperOnly(item))
    return linesOf(choices, item).some(({ quantity }) => quantity > 0) ? Math.min(1, item.available) : 0;
  return clamp(choices.quantities[item.commodity] ?? (item.isChosen === true ? 0 : item.available), item.available);
}

/** What the stepper counts: units of the commodity, or of what a paper is written for. */
export function stepped(choices: Choices, item: ItemView): { readonly quantity: number; readonly most: number } {
  if (!isPaperOnly(item)) return { quantity: quantityOf(choices, item), most: item.available };
  const { at, units } = paperLines(choices, item);
  const most = at === null || item.available < 1 ? 0 : (item.writes?.quantityMax ?? 0);
  return { quantity: clamp(at === null ? 0 : (units[at] ?? 0), most), most };
}

/** Sets what the stepper counts. */
export function withStep(choices: Choices, item: ItemView, quantity: number): Choices {
  if (!isPaperOnly(item)) {
    return { ...choices, quantities: { ...choices.quantities, [item.commodity]: clamp(quantity, item.available) } };
  }
  const lines = paperLines(choices, item);
  if (lines.at === null) return choices;
  const units = { ...lines.units, [lines.at]: clamp(quantity, item.writes?.quantityMax ?? 0) };
  return withLines(choices, item, { ...lines, units });
}

/** Chooses what a paper is written for; null for no paper. One that goes with a service is for one unit. */
export function withPurpose(choices: Choices, item: ItemView, commodity: string | null): Choices {
  const lines = paperLines(choices, item);
  if (isPaperOnly(item)) return withLines(choices, item, { ...lines, at: commodity });
  return withLines(choices, item, { ...lines, at: commodity, units: commodity === null ? {} : { [commodity]: 1 } });
}

/** Chooses where the papers of a commodity may be taken. */
export function withSite(choices: Choices, item: ItemView, site: number): Choices {
  return withLines(choices, item, { ...paperLines(choices, item), site });
}

/** What was chosen of the papers of a commodity. Where there is but one thing that it may be for, or one site, that is chosen. */
export function paperLines(choices: Choices, item: ItemView): PaperLines {
  const { writes } = item;
  const chosen = choices.papers[item.commodity];
  if (chosen !== undefined || writes === undefined) return chosen ?? { at: null, units: {}, site: 0 };
  const [only, ...others] = writes.for;
  const at = only !== undefined && others.length === 0 && !writes.isOptional ? only.commodity : null;
  return { at, units: {}, site: onlySite(writes) };
}

/** Whether something is still to be chosen before the item can be confirmed: a site. */
export function lacksSite(choices: Choices, item: ItemView): boolean {
  if (item.writes?.sites == null || quantityOf(choices, item) === 0) return false;
  return linesOf(choices, item).some(({ site }) => site === 0);
}

/** What is paid for everything that was chosen, in minor units. */
export function toPay(choices: Choices, items: readonly ItemView[]): number {
  return items.reduce((sum, item) => sum + chargeOn(item, quantityOf(choices, item)).holder, 0);
}

/** What a quantity costs, and the holder's part. */
export function chargeOn({ price }: ItemView, quantity: number): { readonly gross: number; readonly holder: number } {
  return price === undefined ? { gross: 0, holder: 0 } : chargeOf(price.each, quantity, price.line);
}

/** The command that confirms; null while nothing is chosen, or something is missing. */
export function confirmation(
  { tapId, items }: Offer,
  choices: Choices,
): Extract<KioskCommand, { type: 'confirm' }> | null {
  const taken = items.filter((item) => quantityOf(choices, item) > 0);
  if (taken.length === 0 || taken.some((item) => lacksSite(choices, item))) return null;
  const papers = taken.flatMap((item) => linesOf(choices, item));
  const quantities = Object.fromEntries(taken.map((item) => [item.commodity, quantityOf(choices, item)]));
  return { type: 'confirm', tapId, quantities, ...(papers.length === 0 ? {} : { papers }) };
}

/** A commodity that does nothing but write papers: its papers are counted, not itself. */
export function isPaperOnly({ writes }: ItemView): boolean {
  return writes !== undefined && !writes.isOptional;
}

function linesOf(choices: Choices, item: ItemView): PaperChoice[] {
  const { units, site } = paperLines(choices, item);
  const { writes } = item;
  if (writes === undefined) return [];
  return writes.for.flatMap(({ commodity }) => {
    const quantity = clamp(units[commodity] ?? 0, writes.quantityMax);
    return quantity === 0
      ? []
      : [{ writtenBy: item.commodity, commodity, quantity, site: writes.sites === null ? 0 : site }];
  });
}

function withLines(choices: Choices, item: ItemView, lines: PaperLines): Choices {
  return { ...choices, papers: { ...choices.papers, [item.commodity]: lines } };
}

function onlySite({ sites }: WritesView): number {
  const [only, ...others] = sites ?? [];
  return only !== undefined && others.length === 0 ? only.number : 0;
}

function clamp(quantity: number, most: number): number {
  return Math.max(0, Math.min(quantity, most));
}
