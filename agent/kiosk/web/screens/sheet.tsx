import type { ComponentChildren, JSX } from 'preact';
import { usePage } from '../context.js';
import { Key } from '../key.js';

/** What a {@link Sheet} is given. */
export interface SheetFrame {
  readonly title: string;
  readonly onBack: () => void;
  readonly children: ComponentChildren;
}

/** Lies over the items until something is chosen. */
export function Sheet({ title, onBack, children }: SheetFrame): JSX.Element {
  const { speech } = usePage();
  return (
    <div class="sheet">
      <header class="sheet-head">
        <h1 class="sheet-title">{title}</h1>
        <Key kind="plain" id="sheet-back" onPress={onBack}>
          {speech.say('goBack')}
        </Key>
      </header>
      <div class="sheet-choices">{children}</div>
    </div>
  );
}
