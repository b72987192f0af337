import type { JSX } from 'preact';

const PATHS = {
  check: 'M4 12.5l5.2 5.2L20 7',
  cross: 'M5.5 5.5l13 13M18.5 5.5l-13 13',
  warning: 'M12 3.5L22 20.5H2zM12 10v5M12 17.6v.4',
  plus: 'M12 4v16M4 12h16',
  minus: 'M4 12h16',
  back: 'M9 5L4 10l5 5M4 10h10a6 6 0 0 1 0 12h-3',
  globe: 'M21 12a9 9 0 1 1-18 0 9 9 0 1 1 18 0zM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18',
  online: 'M7 18.5a4.6 4.6 0 0 1-.6-9.1A6 6 0 0 1 18 9.8a4.4 4.4 0 0 1-.4 8.7zM9 13.5l2.2 2.2L15.2 11.5',
  offline: 'M7 18.5a4.6 4.6 0 0 1-.6-9.1A6 6 0 0 1 18 9.8a4.4 4.4 0 0 1-.4 8.7zM3.5 3.5l17 17',
  connecting: 'M4 11.5a8 8 0 0 1 13.7-5L20 8.5M20 4v4.5h-4.5M20 12.5a8 8 0 0 1-13.7 5L4 15.5M4 20v-4.5h4.5',
  persons:
    'M12.5 7.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 1 1 7 0zM2.5 20c0-4 2.5-6.5 6.5-6.5s6.5 2.5 6.5 6.5M16 4.3a3.4 3.4 0 0 1 0 6.4M18 13.8c2.4.7 3.5 2.9 3.5 6.2',
  print: 'M6.5 9V3h11v6M6.5 17H3V9h18v8h-3.5M6.5 14h11v7h-11z',
  card: 'M3 6.5h18v11H3zM3 10.3h18M6 14.3h4',
  reader: 'M5 4h14v16H5zM9 9.5a4.3 4.3 0 0 1 6 0M10.5 12a2.1 2.1 0 0 1 3 0M3 3l18 18',
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** A drawn sign. Decoration for readers of the screen: words always stand beside it. */
export function Icon({ name, large }: { readonly name: IconName; readonly large?: boolean }): JSX.Element {
  return (
    <svg class={large === true ? 'icon icon-large' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A reader with a card above it; `motion` says what moves, unless the viewer asked for stillness. */
export function CardOnReader({ motion }: { readonly motion: 'invite' | 'read' | 'write' }): JSX.Element {
  return (
    <svg class={`scene scene-${motion}`} viewBox="0 0 220 200" aria-hidden="true">
      <g class="scene-waves">
        <path d="M166 42a56 56 0 0 1 0 76" />
        <path d="M184 26a80 80 0 0 1 0 108" />
        <path d="M54 42a56 56 0 0 0 0 76" />
        <path d="M36 26a80 80 0 0 0 0 108" />
      </g>
      <rect class="scene-body" x="20" y="142" width="180" height="46" rx="12" />
      <rect class="scene-pad" x="44" y="134" width="132" height="12" rx="6" />
      <path class="scene-light" d="M88 167h44" />
      <g class="scene-card">
        <rect class="scene-plate" x="56" y="36" width="108" height="70" rx="9" />
        <rect class="scene-stripe" x="56" y="48" width="108" height="13" />
        <rect class="scene-chip" x="68" y="70" width="21" height="16" rx="3" />
        <path class="scene-line" d="M101 73h48M101 86h32" />
        <rect class="scene-edge" x="56" y="36" width="108" height="70" rx="9" />
      </g>
    </svg>
  );
}
