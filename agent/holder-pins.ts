/** What lets a desk change the PINs of holders: its configuration, and the secrets that unblock cards. */
import type { TerminalConfig } from './config.js';
import { PIN_SECRET_NAME, parseSiteSecrets } from './credential/pin-codes.js';
import type { TapDeps } from './tap/examine.js';

/**
 * Nothing where the configuration does not say that PINs are changed here. `secret`: the text of the secret `pin-unblock`; a desk without it sets and changes PINs, and unblocks none. Throws
 * `ERR_SECRET`.
 */
export function holderPinsOf(
  { holderPins }: Pick<TerminalConfig, 'holderPins'>,
  secret: string | null,
): Pick<TapDeps, 'holderPins'> {
  return holderPins ? { holderPins: { secrets: parseSiteSecrets(secret ?? '', PIN_SECRET_NAME) } } : {};
}
