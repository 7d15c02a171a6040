/** Where a socket listens, or is connected to: on this side or on the server's. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** As messages name it. IPv6 addresses have brackets. */
export function nameOf(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path;
  const { host, port } = endpoint;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
