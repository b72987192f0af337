import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Wait before a held key begins to repeat, and between repeats, ms. */
const REPEAT_AFTER_MS = 450;
const REPEAT_EVERY_MS = 80;

/** What a {@link Key} is given. */
export interface KeyProps {
  readonly kind: 'primary' | 'plain' | 'step' | 'choice' | 'bar';
  readonly onPress: () => void;
  readonly children: ComponentChildren;
  /** Spoken name, where the words on the key do not suffice. */
  readonly label?: string;
  readonly disabled?: boolean;
  /** For keys of which one is chosen. */
  readonly pressed?: boolean;
  /** Goes on while it is held down. */
  readonly repeats?: boolean;
  readonly id?: string;
}

/** A key of the touch screen: at least 64 px each way. It does not take the focus when touched, only by Tab. */
export function Key({ kind, onPress, children, label, disabled, pressed, repeats, id }: KeyProps): JSX.Element {
  const hold = useHold(onPress, disabled === true);
  return (
    <button
      type="button"
      class={`key key-${kind}`}
      data-key={id}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        if (!hold.consume()) onPress();
      }}
      {...(repeats === true
        ? { onPointerDown: hold.begin, onPointerUp: hold.end, onPointerLeave: hold.leave, onPointerCancel: hold.leave }
        : {})}
    >
      {children}
    </button>
  );
}

/** Repeats a press while it is held; the click that ends a hold is consumed, since it has had its effect. */
function useHold(
  onPress: () => void,
  disabled: boolean,
): { begin: () => void; end: () => void; leave: () => void; consume: () => boolean } {
  const press = useRef(onPress);
  press.current = onPress;
  const hold = useRef<{ timer: number | undefined; repeated: boolean }>({ timer: undefined, repeated: false });
  const end = (): void => clearTimeout(hold.current.timer);
  useEffect(() => {
    if (disabled) end();
  }, [disabled]);
  useEffect(() => end, []);
  const repeat = (): void => {
    hold.current.repeated = true;
    press.current();
    hold.current.timer = window.setTimeout(repeat, REPEAT_EVERY_MS);
  };
  return {
    begin() {
      end();
      hold.current = { timer: window.setTimeout(repeat, REPEAT_AFTER_MS), repeated: false };
    },
    end,
    // No click follows outside the key, so there is none to consume.
    leave() {
      end();
      hold.current.repeated = false;
    },
    consume() {
      const { repeated } = hold.current;
      hold.current.repeated = false;
      return repeated;
    },
  };
}
