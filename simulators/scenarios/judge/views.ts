/** What each party sees, asked of the database server with that party's own password, and what the server answers it about everything else. */

/** How a party reads. */
export interface ViewReader {
  readonly party: string;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** A party's database as the party itself gets it. */
export interface JudgedView {
  readonly party: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Databases of others, and of the centre, that the server gave to the party all the same. */
  readonly foreign: readonly string[];
  /** Whether the server let the party write. */
  readonly couldWrite: boolean;
}

/** Reads as each of the parties. `names` are all databases of the server. Rejects when a party does not get its own. */
export async function judgedViews(
  url: string,
  readers: readonly ViewReader[],
  names: readonly string[],
): Promise<readonly JudgedView[]> {
  const views: JudgedView[] = [];
  for (const { party, database, username, password } of readers) {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const own = await fetch(`${url}/${database}/_all_docs?include_docs=true`, { headers });
    if (!own.ok) throw new Error(`${party} was answered with status ${own.status}`);
    const { rows } = (await own.json()) as { rows: { id: string; doc: Record<string, unknown> }[] };
    const foreign: string[] = [];
    for (const name of names.filter((one) => one !== database))
      if ((await fetch(`${url}/${name}/_all_docs`, { headers })).ok) foreign.push(name);
    const body = JSON.stringify({ record: 'service' });
    const write = await fetch(`${url}/${database}/forged`, { method: 'PUT', headers, body });
    const records = rows.filter(({ id }) => !id.startsWith('_design/')).map(({ doc }) => doc);
    views.push({ party, records, foreign, couldWrite: write.ok });
  }
  return views;
}
