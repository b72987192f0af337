import { fileURLToPath } from 'node:url';
import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

/** Builds the kiosk page into `dist/agent/kiosk/web`: `vite build --config agent/kiosk/web/vite.config.ts`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [preact()],
  build: {
    outDir: fileURLToPath(new URL('../../../dist/agent/kiosk/web', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome108',
    // The content security policy allows files of our own, no data: addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
