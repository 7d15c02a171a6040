/** That it runs, and how often the kernel ended something of it for want of memory: of cgroup version 2, or 1. */
export const MEMORY_LOOK: readonly string[] = [
  '/bin/sh',
  '-c',
  'echo runs; cat /sys/fs/cgroup/memory.events 2>/dev/null || cat /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null',
];

/** What a container said of its memory; undefined where it does not run any more. */
export function memoryAnswer(text: string): string | undefined {
  return text.startsWith('runs\n') ? text : undefined;
}
