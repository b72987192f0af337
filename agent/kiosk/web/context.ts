import { createContext } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import type { KioskCommand } from '../state.js';
import type { Speech } from './speech.js';

/** What every part of the page may use. */
export interface Page {
  readonly speech: Speech;
  /** Asks the terminal for something; ignored while an earlier request from this screen is under way. */
  readonly act: (command: KioskCommand) => void;
  /** A request from this screen is under way. */
  readonly busy: boolean;
  /** False while something lies over the screen: then it takes no keys. */
  readonly active: boolean;
  /** The terminal's clock, ms since 1970. */
  readonly nowMs: number;
  readonly timeZone: string;
}

/** Carries the {@link Page}; set by the app alone. */
export const PageContext = createContext<Page | undefined>(undefined);

/** The {@link Page} around a component. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error('a component outside the page');
  return page;
}

/** What keys do: `KeyboardEvent.key` to action. Those in `repeating` go on while held down. */
export type KeyActions = Readonly<Record<string, (() => void) | undefined>>;

const REPEATING = new Set(['+', '=', '-']);

/**
 * Makes the keyboard work on this screen. A key that a focused button takes for itself (Enter, Space) is left to it, so
 * that Enter on "Cancel" cancels; a held Enter does not run through into the next screen.
 */
export function useKeys(actions: KeyActions): void {
  const { active } = usePage();
  const latest = useRef(actions);
  latest.current = actions;
  // Before the screen is painted: a key pressed as soon as something is seen is meant for it.
  useLayoutEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent): void => {
      const onButton = document.activeElement instanceof HTMLButtonElement;
      if (event.ctrlKey || event.altKey || event.metaKey || (onButton && event.key === 'Enter')) return;
      const action = latest.current[event.key];
      if (action === undefined || (event.repeat && !REPEATING.has(event.key))) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [active]);
}
