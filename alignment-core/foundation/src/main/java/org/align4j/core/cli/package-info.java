/**
 * The frame of the command line: {@link org.align4j.core.cli.Align} finds commands, reads their options and answers
 * with exit codes. It knows no command: every module contributes its own.
 *
 * <p>A command in fifteen lines:
 *
 * <pre>{@code
 * record CountOptions(
 *         ModelOptions model,                                                      // a group: its options join in
 *         @Positional(label = "FILE…", help = "What to count.") List<Path> files,
 *         @Option(help = "Rows shown; more print more.", defaultValue = "3") int rows,              // --rows 3
 *         @Option(help = "Stop after so many.", unset = "all") @Nullable Integer limit) {
 *     CountOptions {
 *         if (rows < 1) throw new InputException("rows is " + rows + " but must be at least 1.");
 *     }
 * }
 *
 * public final class CountCommand implements Command<CountOptions> {
 *     public String name() { return "count"; }
 *     public String summary() { return "count rows"; }
 *     public Class<CountOptions> options() { return CountOptions.class; }
 *     public int run(CountOptions options, Terminal terminal) {
 *         terminal.print("12 rows");                       // for people; silent with --json
 *         terminal.result(Map.of("rows", 12));             // the one JSON document of --json
 *         return 0;
 *     }
 * }
 * }</pre>
 *
 * Name the class in {@code META-INF/services/org.align4j.core.cli.Command}. Throw
 * {@link org.align4j.core.error.InputException} for exit code 2, {@link org.align4j.core.error.RunException} for 1. In
 * tests, {@code Terminal.captured()} and {@code Align.run(terminal, "count", …)}.
 * {@link org.align4j.core.options.OptionsYaml} writes an options record to YAML and reads it back.
 */
@NullMarked
package org.align4j.core.cli;

import org.jspecify.annotations.NullMarked;
