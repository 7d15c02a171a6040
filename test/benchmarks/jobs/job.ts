/** A module for a process of its own loads nothing but what it measures: see docs/benchmarks.md. */
export function job(name: string): string {
  return new URL(`${name}.ts`, import.meta.url).href;
}
