/**
 * `node scripts/setup.mjs [--tests]`: makes a fresh clone ready and goes no further. With `--tests` it also sees to
 * the Debian packages that the tests use. The other scripts do the same by themselves.
 */
import { PACKAGES_TO_TEST } from './lib/debian.mjs';
import { main } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';

await main(() => setUp(process.argv.includes('--tests') ? PACKAGES_TO_TEST : []));
