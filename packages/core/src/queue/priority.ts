const PRIORITIES: Readonly<Record<'high' | 'normal' | 'low', number>> = { high: 10, normal: 0, low: -10 };

/** A priority as a number. */
export function priorityOf(priority: 'high' | 'normal' | 'low' | number | undefined): number {
  return typeof priority === 'number' ? priority : PRIORITIES[priority ?? 'normal'];
}

/** As users would write it. */
export function priorityName(priority: number): string {
  return Object.entries(PRIORITIES).find(([, value]) => value === priority)?.[0] ?? String(priority);
}
