/** What lets a desk change the PINs of holders: its configuration, and the secrets that unblock cards. */
import type { TerminalConfig } from './config.js';
import { PIN_SECRET_NAME, parseSiteSecrets } from './credential/pin-codes.js';
import type { Secrets } from './secrets.js';
import type { TapDeps } from './tap/examine.js';

/** Nothing where the configuration does not say that PINs are changed here. A desk without the secret sets and changes them, and unblocks none. Rejects with `ERR_SECRET`. */
export async function openHolderPins(of: {
  readonly config: Pick<TerminalConfig, 'holderPins'>;
  readonly secrets: Pick<Secrets, 'optionalText'>;
}): Promise<Pick<TapDeps, 'holderPins'>> {
  if (!of.config.holderPins) return {};
  const text = await of.secrets.optionalText(PIN_SECRET_NAME);
  return { holderPins: { secrets: parseSiteSecrets(text ?? '', PIN_SECRET_NAME) } };
}
