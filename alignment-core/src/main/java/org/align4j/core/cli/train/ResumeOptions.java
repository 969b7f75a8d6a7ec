package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.jspecify.annotations.Nullable;

/** The options of {@code align resume}: which run goes on, how far, and whether its inputs may have changed. */
record ResumeOptions(
        @Positional(label = "RUN", help = "The run directory.")
        Path run,

        @Option(help = "Passes over the rows in all, instead of what the run was begun with; more go on longer.")
        @Nullable
        Double epochs,

        @Option(help = "Optimizer steps in all, instead of what the run was begun with; more go on longer.") @Nullable
        Integer maxSteps,

        @Option(help = "Go on though options, rows or model changed, and record the changes in manifest.json.")
        boolean acceptChanges) {

    /** Only one option says how far. */
    ResumeOptions {
        if (epochs != null && maxSteps != null) {
            throw new InputException(
                    format("epochs (%s) and max-steps (%d) both say how long the run is; drop one.", epochs, maxSteps));
        }
    }
}
