/** An answer to a request that no server gets to see. */
export function refusal(status: number, code: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });
}

/** The answer to one request too many. */
export function tooMany(seconds: number): Response {
  return refusal(429, -32_000, `Too many requests: try again in ${seconds} s`, { 'retry-after': String(seconds) });
}
