package org.align4j.core.error;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Formats numbers and text in the same way on every machine. Java's own {@code String.format} and {@code formatted} write
 * the digits of the user's locale, so that a file named there is not found again elsewhere; {@code ArchitectureTest} forbids
 * them.
 */
public final class RootFormat {
    private RootFormat() {}

    /**
     * Fills a format string with the digits, separators and letter case of {@link Locale#ROOT}.
     *
     * @param template a format string as {@link java.util.Formatter} describes it
     * @param values what its specifiers stand for
     */
    @FormatMethod
    public static String format(@FormatString String template, @Nullable Object... values) {
        return String.format(Locale.ROOT, template, values);
    }
}
