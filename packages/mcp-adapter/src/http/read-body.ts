/** A request, and what was sent with it. */
export interface ReadRequest {
  /** Its body was read, unless that is no JSON. */
  readonly request: Request;
  /** Absent where there is no body, or it is no JSON. */
  readonly body?: unknown;
}

/** Reads the JSON of a POST, once for all who look at it: the copies of a request that they would make each cost more than the rest of it. */
export async function readBody(request: Request): Promise<ReadRequest> {
  if (request.method !== 'POST') return { request };
  const text = await request.text();
  try {
    return { request, body: JSON.parse(text) };
  } catch {
    // Whoever answers finds it as it came.
    return { request: new Request(request, { body: text }) };
  }
}
