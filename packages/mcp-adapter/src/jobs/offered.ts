import type { TargetList } from '../targets.ts';
import type { CheckedToolOptions } from '../tool-options.ts';

/** What callers are offered at the moment. What runs already goes on as it began. */
export interface Offered {
  targets: TargetList;
  options: CheckedToolOptions;
}
