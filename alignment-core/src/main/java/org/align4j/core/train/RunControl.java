package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Folders;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.Control.Word;

/** What is asked of a run between its steps, by its file {@code control} or by the pipe of whoever started the process. A file that can't be read asks nothing. */
final class RunControl {
    private final Path file;
    private final Control control;
    private final Consumer<String> told;
    private boolean unreadable;

    /**
     * Looks after a run that this process has in hand.
     *
     * @param told gets sentences for a person
     */
    RunControl(RunDirectory run, Consumer<String> told) {
        this.file = run.path().resolve(Control.FILE);
        this.told = told;
        this.control = new Control(
                run.path(),
                Folders::deleteIfThere,
                text -> told.accept(format(
                        "%s is asked for in %s or by the supervisor's pipe, which know pause, continue and stop; nothing is done.",
                        Shortened.of(text.strip()), file)));
        run.leftControl()
                .filter(text -> !text.isBlank())
                .ifPresent(text -> told.accept(format(
                        "%s held %s from before this start; nobody obeys it, and it is taken away.",
                        file, Shortened.of(text.strip()))));
    }

    /**
     * Looks once.
     *
     * @throws org.align4j.core.stop.StoppedException where the run is to end
     */
    boolean asksForPause() {
        try {
            return control.asksForPause();
        } catch (IOException failed) {
            if (!unreadable) {
                unreadable = true;
                told.accept(format(
                        "%s can't be read or taken away (%s); the run goes on without it.",
                        file, FileFailure.reason(failed)));
            }
            return false;
        }
    }

    /**
     * Waits until the run is to go on.
     *
     * @param step optimizer steps done
     * @throws org.align4j.core.stop.StoppedException where it is to end instead
     */
    void awaitContinue(int step) {
        told.accept(format(
                "Paused after step %d, which is saved; go on with: echo %s > %s",
                step, Word.CONTINUE.text(), ShellWord.of(file.toString())));
        try {
            control.awaitContinue();
        } catch (IOException failed) {
            told.accept(format("%s can't be read (%s); the run goes on.", file, FileFailure.reason(failed)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new RunException("The run was interrupted while it was paused; its last step is saved.", interrupted);
        }
        told.accept(format("Going on after step %d.", step));
    }
}
