/** `npm run build`: makes a fresh clone ready and brings `dist/` up to date. */
import { build } from './lib/build.mjs';
import { main } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';

await main(async () => {
  await setUp();
  await build();
});
