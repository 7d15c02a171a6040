/** The tools that Errand has itself, in the order in which they are offered. */
export const TOOL_NAMES = [
  'run_command',
  'read_output',
  'write_stdin',
  'signal_job',
  'list_jobs',
  'close_session',
  'read_file',
  'write_file',
  'list_directory',
  'list_targets',
] as const;

/** The tools that there are, beside configured ones. */
export type ToolName = (typeof TOOL_NAMES)[number];
