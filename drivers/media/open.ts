import { WaslError } from '../../agent/domain/errors.js';
import type { OpenMedium } from '../medium.js';
import { openNtag21x } from './ntag21x.js';
import { openType4 } from './type4.js';

/** A UID of 4, 7 or 10 bytes in hex, or of 4 in decimal, as readers type it; no credential is as short. */
const UID_TEXT = /^([0-9a-f]{8}|[0-9a-f]{14}|[0-9a-f]{20}|\d{10})$/i;

/** Opens whatever a reader presents: a tag by its memory, a smart card by its applet, a line of text as a QR code. The one place that knows all media. */
export const openMedium: OpenMedium = async (card, options) => {
  if (card.kind === 'pages') return openNtag21x(card, options);
  if (card.kind === 'apdu') return openType4(card, options);
  if (UID_TEXT.test(card.text)) throw new WaslError('ERR_READER_UID_ONLY');
  return {
    kind: 'qr',
    layout: 0,
    uid: null,
    credential: { form: 'text', text: card.text },
    ledgers: [],
    endorsement: { state: 'none' },
  };
};
