/** The PIN of a card as the page shows it, and the page's commands about it. */
import { WaslError } from '../domain/errors.js';
import type { PinState, PinTap } from '../tap/pin-tap.js';
import { holderOf } from './holder-views.js';
import type { BackendParts } from './parts.js';
import type { PinCommand } from './pin-state.js';
import { PIN_UNKNOWN, reasonText } from './reason-texts.js';
import type { Screen } from './state.js';

/** What fills the screen while a PIN is worked on. */
export function pinScreen(state: PinState, { supervisors }: Pick<BackendParts, 'supervisors'>): Screen {
  switch (state.name) {
    case 'card-pin-reading':
      return { name: 'reading' };
    case 'card-pin-writing':
      return { name: 'writing', tapId: state.tapId };
    case 'card-pin-done':
      return { name: state.name, tapId: state.tapId, holder: holderOf(state.credential), action: state.action };
    case 'card-pin-refused': {
      const { tapId, code, credential, isUnknown } = state;
      const text = isUnknown ? PIN_UNKNOWN : reasonText(code);
      return { name: 'refused', tapId, code, text, holder: holderOf(credential), isAboutPin: true };
    }
    case 'card-pin': {
      const { tapId, credential, pin, unblocking, code } = state;
      const here = supervisors.here();
      // Without anybody who could allow it, it is as if the secret were not here.
      const isElsewhere = unblocking === 'elsewhere' || (unblocking === 'ask' && here.length === 0);
      const why = unblocking === 'never' ? 'ERR_HOLDER_PIN_CODE' : isElsewhere ? 'ERR_HOLDER_PIN_ELSEWHERE' : null;
      const holder = holderOf(credential);
      // Blocked, and nothing to be done about it here: there is nothing to type.
      if (pin.triesLeft === 0 && why !== null)
        return { name: 'refused', tapId, code: why, text: reasonText(why), holder, isAboutPin: true };
      return {
        ...{ name: state.name, tapId, holder, pin: pin.state, triesLeft: pin.triesLeft, supervisors: here },
        unblocking:
          why === null && unblocking === 'allowed' ? 'allowed' : why === null ? 'ask' : { elsewhere: reasonText(why) },
        hint: code === null ? null : { code, text: reasonText(code) },
      };
    }
  }
}

/** Whether there is a key for the PIN of the card on this screen. */
export function pinKey({ tap }: Pick<BackendParts, 'tap'>): { readonly hasPin?: true } {
  return tap.canOpenPin?.() === true ? { hasPin: true } : {};
}

/** Carries a command out. Rejects as `KioskBackend.command` does. */
export async function carryOutPin(
  command: PinCommand,
  { tap, supervisors }: { readonly tap: Partial<PinTap> & Pick<PinTap, 'state'> } & Pick<BackendParts, 'supervisors'>,
): Promise<void> {
  const wrong = (): Promise<void> => Promise.reject(new WaslError('ERR_TAP_STATE'));
  const { tapId } = command;
  switch (command.type) {
    case 'card-pin':
      return tap.openPin?.(tapId) ?? wrong();
    case 'pin-set':
      return tap.setPin?.(tapId, command.pin) ?? wrong();
    case 'pin-change':
      return tap.changePin?.(tapId, command.old, command.pin) ?? wrong();
    case 'pin-unblock':
      return tap.unblockPin?.(tapId, command.pin) ?? wrong();
    case 'pin-allow': {
      const asked = tap.state();
      // Before anything is counted: nobody's tries are used up by a screen that is no more.
      if (asked.name !== 'card-pin' || asked.tapId !== tapId || asked.unblocking !== 'ask') return wrong();
      const verdict = await supervisors.authorise(command.supervisor, command.pin);
      if (!verdict.allowed) return tap.denyUnblock?.(tapId, verdict.code) ?? wrong();
      tap.allowUnblock?.(tapId, command.supervisor);
    }
  }
}
