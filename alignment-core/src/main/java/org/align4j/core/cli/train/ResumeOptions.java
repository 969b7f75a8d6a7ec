package org.align4j.core.cli.train;

import java.nio.file.Path;
import org.align4j.core.options.Positional;
import org.align4j.core.session.options.Continuation;

/**
 * The options of {@code align resume}.
 *
 * @param run the directory of the run that goes on
 * @param continuation how
 */
record ResumeOptions(
        @Positional(label = "RUN", help = "The run directory.")
        Path run,

        Continuation continuation) {}
