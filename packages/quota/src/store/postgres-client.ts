/** What is used of a Pool of `pg`. */
export interface PostgresClient {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

/** A pool of connections that are opened as they are needed, and what closes it. */
export async function openPostgres(url: string, timeoutMs: number): Promise<{ client: PostgresClient; close(): Promise<void> }> {
  const { Pool } = (await import('pg')).default;
  const client = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  // A connection that is lost while nobody uses it is replaced.
  client.on('error', () => {});
  return { client, close: () => client.end() };
}
