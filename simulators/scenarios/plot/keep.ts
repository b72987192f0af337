/** Keeps the plot of a scenario in a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PlotOrder, plotOf } from './plot.js';

/** Writes `NAME.svg`, in a folder that is made where there is none; resolves to its path. */
export async function keepPlot(folder: string, name: string, order: PlotOrder): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.svg`);
  await writeFile(path, plotOf(order));
  return path;
}
