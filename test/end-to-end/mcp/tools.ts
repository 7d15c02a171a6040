/** The tools that a server has where nothing says otherwise, in its order. */
export const TOOLS = ['run_command', 'read_output', 'write_stdin', 'signal_job', 'list_jobs', 'close_session', 'list_targets'] as const;
