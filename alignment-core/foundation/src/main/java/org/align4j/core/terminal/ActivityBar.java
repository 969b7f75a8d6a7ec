package org.align4j.core.terminal;

import java.util.function.Consumer;
import org.align4j.core.web.Transfer;
import org.jspecify.annotations.Nullable;

/** Shows a person at the terminal one activity after another, such as downloads: each has a bar where the person watches. */
public final class ActivityBar implements Consumer<Transfer>, AutoCloseable {
    private static final int KILO = 1000;

    private final Terminal terminal;
    private @Nullable Progress bar;
    private long shown;

    /** Shows activities on a terminal. */
    public ActivityBar(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Shows how a download goes on: a line as it begins, then a bar in kilobytes. */
    @Override
    public void accept(Transfer transfer) {
        if (transfer.done() == 0) {
            terminal.log((transfer.unpacking() ? "Unpacking " : "Downloading ") + transfer.what() + ", "
                    + (transfer.bytes() + 999_999) / 1_000_000 + " MB.");
        }
        show(
                transfer.what() + ", kB",
                transfer.done() / KILO,
                transfer.bytes() / KILO,
                transfer.done() == transfer.bytes());
    }

    /**
     * Shows how an activity goes on; a new bar begins where nothing of it is done.
     *
     * @param label what goes on
     * @param done so much of {@code total}
     * @param ended whether the bar is taken off the screen
     */
    public synchronized void show(String label, long done, long total, boolean ended) {
        if (bar == null || done == 0) {
            bar = terminal.progress(label, total);
            shown = 0;
        }
        bar.advance(done - shown);
        shown = done;
        if (ended) {
            bar.close();
            bar = null;
        }
    }

    /** Takes the bar off the screen. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
