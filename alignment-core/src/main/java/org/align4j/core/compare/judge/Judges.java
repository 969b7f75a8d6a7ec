package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;

/** Finds the judge that a value of {@code --judge} names. */
public final class Judges {
    private Judges() {}

    /**
     * Refuses a value whose kind there is not; loads nothing.
     *
     * @throws InputException with the nearest kind
     */
    public static void require(String given) {
        source(given);
    }

    /**
     * Opens a judge.
     *
     * @throws InputException where there is none of that kind, or it can't be opened
     */
    public static Judge open(String given, JudgeSetting setting) {
        return source(given).open(given.substring(given.indexOf(':') + 1), setting);
    }

    private static JudgeSource source(String given) {
        Map<String, JudgeSource> sources = new TreeMap<>();
        ServiceLoader.load(JudgeSource.class).forEach(source -> sources.put(kind(source.usage()), source));
        JudgeSource source = sources.get(kind(given));
        if (source == null || given.indexOf(':') < 0 || given.endsWith(":")) {
            List<String> usages =
                    sources.values().stream().map(JudgeSource::usage).toList();
            throw new InputException(format(
                    "judge is %s, which is no judge; there are %s%s",
                    Shortened.of(given),
                    String.join(", ", usages),
                    Nearest.hint(Shortened.of(kind(given)), sources.keySet())));
        }
        return source;
    }

    private static String kind(String text) {
        int colon = text.indexOf(':');
        return colon < 0 ? text : text.substring(0, colon);
    }
}
