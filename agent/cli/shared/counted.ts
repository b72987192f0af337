/** A number with its word, as commands print it in English: `1 row`, `2 rows`, `0 commodities`. `several`: where it does not end in s. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
