package org.align4j.core.cli;

import java.util.Locale;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StoppedException;
import org.jspecify.annotations.Nullable;

/**
 * A failure as {@code --json} gives it.
 *
 * @param code {@code usage} (the command line), {@code config} (a file of options), {@code data} (a row), {@code input} (anything else
 *     that was given, such as a model), {@code run}, {@code out-of-memory}, {@code stopped} or {@code internal}
 * @param message the sentence for people
 * @param param the option's name, or null
 * @param file the file as the user named it, or null
 * @param line in the file, or null
 */
record ErrorDocument(
        String code,
        String message,
        @Nullable String param,
        @Nullable String file,
        @Nullable Integer line) {

    static ErrorDocument of(Throwable failure, String message) {
        Culprit culprit = failure instanceof InputException wrong ? wrong.culprit() : null;
        if (culprit == null) {
            return new ErrorDocument(code(failure), message, null, null, null);
        }
        String code = culprit.input().name().toLowerCase(Locale.ROOT);
        return new ErrorDocument(code, message, culprit.option(), told(culprit.file()), culprit.line());
    }

    private static @Nullable String told(@Nullable String file) {
        return file == null ? null : AddressSecrets.removed(file);
    }

    private static String code(Throwable failure) {
        if (failure instanceof InputException) {
            return "input";
        }
        if (failure instanceof StoppedException) {
            return "stopped";
        }
        if (failure instanceof OutOfMemoryError || MemoryException.isOne(failure)) {
            return "out-of-memory";
        }
        return failure instanceof RunException || Ending.isReadingOrWriting(failure) ? "run" : "internal";
    }
}
