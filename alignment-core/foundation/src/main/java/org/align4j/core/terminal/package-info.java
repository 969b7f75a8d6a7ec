/**
 * Where a command speaks: {@link org.align4j.core.terminal.Terminal} has results for the standard output, everything else for
 * the log, and {@link org.align4j.core.terminal.Progress} bars where a person watches. Knows no command.
 */
@NullMarked
package org.align4j.core.terminal;

import org.jspecify.annotations.NullMarked;
