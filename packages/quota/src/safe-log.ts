import type { Logger } from '@errand/core';

/** Calls somebody else's logger: nothing here may fail because it throws or rejects. */
export function safeLog(logger: Logger | undefined, level: keyof Logger, fields: object, message: string): void {
  const logged = async (): Promise<void> => logger?.[level](fields, message);
  logged().catch(() => {});
}
