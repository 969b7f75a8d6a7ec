package org.align4j.core.session.console;

import org.align4j.core.terminal.Progress;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.web.DownloadListener;
import org.jspecify.annotations.Nullable;

/** Shows how the download of a model or data set goes on: a line that it begins, then a bar in kilobytes. */
public final class DownloadProgress implements DownloadListener, AutoCloseable {
    private static final int UNIT = 1000;

    private final Terminal terminal;
    private @Nullable Progress progress;
    private long received;

    public DownloadProgress(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public synchronized void begins(String what, long bytes) {
        begin("Downloading", what, bytes);
    }

    @Override
    public synchronized void unpacks(String what, long bytes) {
        begin("Unpacking", what, bytes);
    }

    private void begin(String doing, String what, long bytes) {
        close();
        terminal.log(doing + " " + what + ", " + (bytes + 999_999) / 1_000_000 + " MB.");
        progress = terminal.progress(what + ", kB", bytes / UNIT);
        received = 0;
    }

    @Override
    public synchronized void received(long bytes) {
        Progress bar = progress;
        if (bar != null) {
            bar.advance((received + bytes) / UNIT - received / UNIT);
            received += bytes;
        }
    }

    @Override
    public void unpacked(long bytes) {
        received(bytes);
    }

    @Override
    public synchronized void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }
}
