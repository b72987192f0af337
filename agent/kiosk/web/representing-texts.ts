/** What the page says of whoever collects for a holder. Part of the texts of the page. */
import type { Texts } from '../../domain/texts.js';

/** Plain texts, as in `TEXTS`. */
export const REPRESENTING_TEXTS = {
  forSomebodyElse: { ar: 'استلام لشخص آخر', fr: 'Pour quelqu’un d’autre', en: 'For somebody else' },
  notForSomebodyElse: { ar: 'بل لنفسه', fr: 'Non, pour soi', en: 'Not for another' },
  representTitle: {
    ar: 'قرّب بطاقة من يستلم',
    fr: 'Carte de la personne qui retire',
    en: 'Card of whoever collects',
  },
  representHint: {
    ar: 'بطاقته هو أولًا، ثم بطاقة صاحب الحق',
    fr: 'D’abord la sienne, ensuite celle du titulaire',
    en: 'Their own first, then that of the holder',
  },
  holdersCardTitle: {
    ar: 'والآن بطاقة صاحب الحق',
    fr: 'Puis la carte du titulaire',
    en: 'Now the card of the holder',
  },
  collectedBy: { ar: 'يستلم:', fr: 'Retiré par :', en: 'Collected by:' },
} as const satisfies Record<string, Texts>;
