/** What the page says of slips, on the screen and on paper. Part of the texts of the page. */
import type { Texts } from '../../domain/texts.js';

/** Plain texts, as in `TEXTS`. */
export const SLIP_TEXTS = {
  slipPrint: { ar: 'اطبع الورقة', fr: 'Imprimer le billet', en: 'Print the slip' },
  slipGive: {
    ar: 'اطبع الورقة وسلّمها لصاحبها',
    fr: 'Imprimez le billet et remettez-le',
    en: 'Print the slip and hand it over',
  },
  slipNumber: { ar: 'ورقة رقم', fr: 'Billet n°', en: 'Slip no.' },
  slipAt: { ar: 'في', fr: 'À', en: 'At' },
  slipAnywhere: { ar: 'في أي موقع معتمد', fr: 'Sur tout site agréé', en: 'At any accredited site' },
  slipUntil: { ar: 'صالحة حتى', fr: 'Valable jusqu’au', en: 'Valid until' },
  slipFor: { ar: 'لصاحب البطاقة المنتهية بـ', fr: 'Pour la carte finissant par', en: 'For the card ending in' },
  slipForListed: {
    ar: 'لصاحب الرقم المنتهي بـ',
    fr: 'Pour le numéro finissant par',
    en: 'For the number ending in',
  },
  slipRead: { ar: 'قُرئت الورقة. الآن بطاقة صاحبها', fr: 'Billet lu. Puis la carte', en: 'Slip read. Now the card' },
  slipNot: { ar: 'دون الورقة', fr: 'Sans le billet', en: 'Without the slip' },
  slipKeep: {
    ar: 'احملها مع بطاقتك. تُستعمل مرة واحدة.',
    fr: 'À présenter avec votre carte. Utilisable une seule fois.',
    en: 'Bring it with your card. It is used once.',
  },
} as const satisfies Record<string, Texts>;
