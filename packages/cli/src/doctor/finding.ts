/** One thing that was looked at. */
export interface Finding {
  /** `missing` is a choice that is not there; `fault` is something that must work. */
  readonly state: 'ok' | 'missing' | 'fault';
  readonly what: string;
  readonly found: string;
  readonly hint?: string;
}
