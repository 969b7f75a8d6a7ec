package org.align4j.core.terminal;

import static org.align4j.core.error.RootFormat.format;

import java.io.PrintStream;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.VisibleText;
import org.jspecify.annotations.Nullable;

/** One line that grows while something long goes on; silent where nobody watches. Close it when done. */
public final class Progress implements AutoCloseable {
    private static final int BAR_WIDTH = 24;
    private static final long REDRAW_NANOS = 100_000_000L;

    private final @Nullable PrintStream stream;
    private final String label;
    private final long total;
    private final long begun = System.nanoTime();
    private long done;
    private long drawn = begun - REDRAW_NANOS;
    private int shown;

    Progress(@Nullable PrintStream stream, String label, long total) {
        this.stream = stream;
        this.label = VisibleText.of(AddressSecrets.removed(label));
        this.total = total;
    }

    /** Returns a line that nobody sees. */
    public static Progress unseen() {
        return new Progress(null, "", 0);
    }

    /** Adds units that are done. */
    public void advance(long units) {
        advance(units, "");
    }

    /** Adds units that are done; {@code note} stands at the line's end. */
    public synchronized void advance(long units, String note) {
        done += units;
        long now = System.nanoTime();
        if (stream != null && (now - drawn >= REDRAW_NANOS || done >= total)) {
            drawn = now;
            String line = line(now, note);
            stream.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
            stream.flush();
            shown = line.length();
        }
    }

    private String line(long now, String note) {
        double fraction = total <= 0 ? 1 : Math.min(1, (double) done / total);
        int filled = (int) Math.round(fraction * BAR_WIDTH);
        double seconds = (now - begun) / 1e9;
        String left = done == 0 || done >= total ? "" : " " + clock(seconds / done * (total - done)) + " left";
        return format(
                        "%s [%s%s] %d/%d %s%s %s",
                        label,
                        "#".repeat(filled),
                        ".".repeat(BAR_WIDTH - filled),
                        done,
                        total,
                        clock(seconds),
                        left,
                        note)
                .stripTrailing();
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : format("%d:%02d", whole / 60, whole % 60);
    }

    synchronized void clear() {
        if (stream != null && shown > 0) {
            stream.print("\r" + " ".repeat(shown) + "\r");
            stream.flush();
            shown = 0;
        }
    }

    /** Takes the line off the screen. */
    @Override
    public void close() {
        clear();
    }
}
