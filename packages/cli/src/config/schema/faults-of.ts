import type * as z from 'zod';
import { fault, type PathFault } from '../path-fault.ts';

type Issue = z.core.$ZodIssue;

/** Every fault by itself, as the schemas word them. */
export function faultsOf(issues: readonly Issue[], above: readonly PropertyKey[] = []): PathFault[] {
  return issues.flatMap((issue) => faults(issue, [...above, ...issue.path]));
}

function faults(issue: Issue, path: readonly PropertyKey[]): PathFault[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: issue.message }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, at: 'key', message }));
    case 'invalid_union': {
      const meant = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'));
      return meant ? faultsOf(meant, path) : [fault(path, issue.message)];
    }
    default:
      return [fault(path, issue.message)];
  }
}
