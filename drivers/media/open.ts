import type { OpenMedium } from '../medium.js';
import { openNtag21x } from './ntag21x.js';

/** Opens whatever a reader presents: a tag by its memory, a line of text as a QR code. The one place that knows all media. */
export const openMedium: OpenMedium = async (card, options) =>
  card.kind === 'pages'
    ? openNtag21x(card, options)
    : { kind: 'qr', layout: 0, uid: null, credential: { form: 'text', text: card.text }, ledger: null };
