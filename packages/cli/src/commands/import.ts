import type { Command } from 'commander';

const HELP = `
Prints an errand.yaml on stdout, and on stderr what could not be carried over, or is not as it was, a line each:
FILE:LINE:COLUMN: PATH: what became of it. What was carried over:

  mcpfier   commands with script, args, env, timeout, description and container, as configured tools; nothing else of it

Exit code: 0 it was read, whatever could not be carried over; 125 there is no such file, it is no YAML, nothing in it could be, or wrong use
`;

/** Adds `errand import`. */
export function addImportCommand(program: Command): void {
  const command = program
    .command('import')
    .description("make an errand.yaml of another program's configuration")
    .addHelpText('after', HELP);
  command
    .command('mcpfier')
    .description('of MCPFier')
    .argument('<FILE>', 'its config.yaml')
    .action(async (file: string) => {
      const { importMcpfier } = await import('../import/import-mcpfier.ts');
      await importMcpfier(file);
    });
}
