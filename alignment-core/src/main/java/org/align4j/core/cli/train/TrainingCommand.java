package org.align4j.core.cli.train;

import java.io.IOException;
import org.align4j.core.cli.Command;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.terminal.Terminal;

/**
 * A command that trains. {@code config.yaml} of its runs holds its options as {@link
 * org.align4j.core.options.OptionsYaml} writes them, {@code manifest.json} its name as {@code command}.
 *
 * @param <O> the record whose components are the options
 */
public interface TrainingCommand<O extends Record> extends Command<O> {
    /**
     * Goes on with a run, from its newest whole checkpoint to the end that the options now say.
     *
     * @param options as they were resolved when the run began, a longer length aside
     * @param run in hand; the caller closes it
     * @return the exit code, as of {@link #run}
     * @throws org.align4j.core.error.InputException if model or data are no longer what they were; nothing was changed
     */
    int resume(O options, RunDirectory run, Terminal terminal) throws IOException;
}
