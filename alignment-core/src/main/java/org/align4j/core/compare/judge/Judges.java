package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.NamedClass;

/** Finds the judge that a value of {@code --judge} names. */
public final class Judges {
    private Judges() {}

    /**
     * Refuses a value whose kind there is not, or that names nothing; loads no model.
     *
     * @param options how it is to be asked
     * @throws InputException with the nearest kind, or with what is missing
     */
    public static void require(String given, JudgeOptions options) {
        source(given).require(named(given), options);
    }

    /**
     * Refuses judges as {@link #require(String, JudgeOptions)} does, and a key that none of them takes.
     *
     * @throws InputException naming what is wrong
     */
    public static void require(List<String> given, JudgeOptions options) {
        given.forEach(judge -> require(judge, options));
        if (options.rewardKey() != null && given.stream().noneMatch(judge -> asksService(named(judge)))) {
            throw new InputException(format(
                    "reward-key is given, but no judge (%s) is reward:http…, a service that takes it; leave reward-key out.",
                    Shortened.list(given)));
        }
    }

    /** Returns whether a judge is a record of verdicts, which has those that were given and can't be asked for more. */
    public static boolean isRecord(String given) {
        return kind(given).equals("recorded");
    }

    /** Returns whether a reward is a service at an address. */
    static boolean asksService(String reward) {
        String start = reward.toLowerCase(Locale.ROOT);
        return start.startsWith("http://") || start.startsWith("https://");
    }

    /**
     * Opens a judge by the name that the user gave.
     *
     * @throws InputException where there is none of that kind, or it can't be opened
     */
    public static Judge open(String given, JudgeSetting setting) {
        return source(given).open(named(given), setting);
    }

    private static String named(String given) {
        return given.substring(given.indexOf(':') + 1);
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

    /** {@code class:NAME}: your own class that implements {@link ScoreJudge} or {@link PairJudge}. */
    public static final class ClassJudgeSource implements JudgeSource {
        private static final NamedClass<Judge> CLASSES = new NamedClass<>("judge", Judge.class);

        @Override
        public String usage() {
            return "class:NAME";
        }

        @Override
        public void require(String named, JudgeOptions options) {
            find(named);
        }

        @Override
        public Judge open(String named, JudgeSetting setting) {
            return CLASSES.create(find(named));
        }

        private static Class<? extends Judge> find(String named) {
            return CLASSES.find(named)
                    .orElseThrow(() -> new InputException("judge is class:" + Shortened.of(named)
                            + ", but there is no such class here; ALIGN4J_CLASSPATH names your own jar or folder."));
        }
    }
}
