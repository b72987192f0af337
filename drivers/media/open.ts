import type { OpenMedium } from '../medium.js';
import { openNtag21x } from './ntag21x.js';
import { openType4 } from './type4.js';

/** Opens whatever a reader presents: a tag by its memory, a smart card by its applet, a line of text as a QR code. The one place that knows all media. */
export const openMedium: OpenMedium = async (card, options) => {
  if (card.kind === 'pages') return openNtag21x(card, options);
  if (card.kind === 'apdu') return openType4(card, options);
  return {
    kind: 'qr',
    layout: 0,
    uid: null,
    credential: { form: 'text', text: card.text },
    ledger: null,
    endorsement: { state: 'none' },
  };
};
