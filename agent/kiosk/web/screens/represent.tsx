import type { JSX } from 'preact';
import type { Screen } from '../../state.js';
import { usePage } from '../context.js';
import { InviteScreen } from './invite.js';

/** Somebody is to collect for a holder: their own card comes first. */
export function RepresentScreen({
  represent,
}: {
  readonly represent: Extract<Screen, { readonly name: 'represent' }>;
}): JSX.Element {
  const { speech } = usePage();
  const { tapId, hint } = represent;
  return (
    <InviteScreen tapId={tapId} title={speech.say('representTitle')} back={speech.say('cancel')} hint={hint}>
      <p class="hint">{speech.say('representHint')}</p>
    </InviteScreen>
  );
}
