import type { ComponentChildren, JSX } from 'preact';
import type { HintView } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { CardOnReader, Icon } from '../icons.js';
import { Key } from '../key.js';
import { Hint } from './pin.js';

/** What an {@link InviteScreen} is given. */
export interface InviteProps {
  readonly tapId: string;
  readonly title: string;
  /** What the key says that goes back. */
  readonly back: string;
  /** Why the last card did not do. */
  readonly hint: HintView | null;
  /** What stands below the title. */
  readonly children: ComponentChildren;
}

/** A certain card is to be laid down: which one, and a key that goes back. */
export function InviteScreen({ tapId, title, back, hint, children }: InviteProps): JSX.Element {
  const { act, busy } = usePage();
  const cancel = (): void => act({ type: 'cancel', tapId });
  useKeys({ Escape: cancel });
  return (
    <section class="screen return">
      <div class="return-invite">
        <CardOnReader motion="invite" />
        <div class="return-words">
          <h1 class="title">{title}</h1>
          {children}
        </div>
      </div>
      <footer class="keys">
        <Key kind="plain" id="cancel" disabled={busy} onPress={cancel}>
          <Icon name="cross" />
          {back}
        </Key>
        <Hint hint={hint} />
      </footer>
    </section>
  );
}
