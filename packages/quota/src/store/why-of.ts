/** Why a store failed, in words. Of a URL no password is shown; of several addresses that were tried, Node tells the faults apart. */
export function whyOf(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  const text = first instanceof Error ? first.message || first.name : String(first);
  return text.replace(/:\/\/[^\s@/]*@/g, '://***@').replace(/\.$/, '');
}
