package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.page.Details;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.track.SweepFolder;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep runs: settled before anything starts, kept in {@code plan.json} and never changed. How far it came is in the trials' own folders.
 *
 * @param version of the file
 * @param command the training command
 * @param base its options that all trials have, as they were given
 * @param swept the options that vary
 * @param search how combinations were found
 * @param reduction of how many settings halving lets one go on
 * @param atOnce trials side by side
 * @param metric ranks trials; null for the first measure of the rows
 * @param secondsPerStep of the first trial, by its forecast; 0 where nobody knows
 * @param trials in their order
 */
record SweepPlan(
        int version,
        String command,
        Map<String, @Nullable Object> base,
        List<SweptOption> swept,
        Search search,
        int reduction,
        int atOnce,
        @Nullable String metric,
        double secondsPerStep,
        List<Trial> trials) {
    static final String FILE = SweepFolder.PLAN;
    static final int VERSION = 1;

    /** Numbers that can be spelt in several ways. */
    private static final Pattern FRACTION =
            Pattern.compile("[+-]?(?:\\d+\\.\\d*|\\.\\d+|\\d+(?=[eE]))(?:[eE][+-]?\\d+)?");

    SweepPlan {
        base = Collections.unmodifiableMap(new LinkedHashMap<>(base));
        swept = List.copyOf(swept);
        trials = List.copyOf(trials);
        if (version != VERSION) {
            throw new InputException(format(
                    "%s is of version %d but this program writes %d; go on with the program that began the sweep.",
                    FILE, version, VERSION));
        }
    }

    /**
     * A run of the sweep.
     *
     * @param id from 0
     * @param setting the number of its combination, seeds aside, from 0
     * @param options those that vary, with its seed where that does
     * @param rungs steps after which it waits for the others; the last is its end
     * @param bytes that it is forecast to hold at the peak
     */
    record Trial(int id, int setting, Map<String, @Nullable Object> options, List<Integer> rungs, long bytes) {
        private static final String SEED = "seed";

        Trial {
            options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
            rungs = List.copyOf(rungs);
        }

        /** Returns the trial's number as its folder has it: {@code 007}. */
        @JsonIgnore
        String name() {
            return format("%03d", id);
        }

        /** Returns the optimizer steps of the whole run. */
        @JsonIgnore
        int steps() {
            return rungs.get(rungs.size() - 1);
        }

        /** Returns what makes the trial's setting: its options without the seed. */
        @JsonIgnore
        Map<String, @Nullable Object> combination() {
            Map<String, @Nullable Object> combination = new LinkedHashMap<>(options);
            combination.remove(SEED);
            return combination;
        }

        /** Returns the seed that the sweep gives it, or an empty text. */
        @JsonIgnore
        String seed() {
            Object seed = options.get(SEED);
            return seed == null ? "" : seed.toString();
        }

        /** Returns its options as one reads them: {@code learning-rate 1e-3, seed 2}. */
        @JsonIgnore
        String text() {
            return text(options);
        }

        /** Returns the options of its setting as one reads them. */
        @JsonIgnore
        String settingText() {
            return text(combination());
        }

        private static String text(Map<String, @Nullable Object> options) {
            return options.isEmpty()
                    ? "as given"
                    : options.entrySet().stream()
                            .map(option -> option.getKey() + " " + SweepPlan.text(option.getValue()))
                            .collect(Collectors.joining(", "));
        }

        Trial with(List<Integer> otherRungs, long otherBytes) {
            return new Trial(id, setting, options, otherRungs, otherBytes);
        }
    }

    /** Returns a value in one spelling, however it was typed: {@code 3e-3} is 0.003. */
    static String text(@Nullable Object value) {
        if (value instanceof String text) {
            return FRACTION.matcher(text).matches() ? Details.text(Double.valueOf(text)) : text;
        }
        return value instanceof Double ? Details.text(value) : Json.text(value);
    }

    /** Returns the options that a trial has of its own, with numbers as numbers. */
    Map<String, @Nullable Object> values(Trial trial) {
        Map<String, @Nullable Object> all =
                NamedOptions.typed(SweepOptions.method(command).options(), options(trial));
        Map<String, @Nullable Object> own = new LinkedHashMap<>();
        trial.options().keySet().forEach(name -> own.put(name, all.get(name)));
        return own;
    }

    /** Returns the options of a trial's setting, with numbers as numbers. */
    Map<String, @Nullable Object> combination(Trial trial) {
        Map<String, @Nullable Object> values = values(trial);
        values.remove(Trial.SEED);
        return values;
    }

    /** Returns the options that vary from setting to setting and by which alone the figure that ranks trials would differ; none where it can rank. */
    List<String> rescaled() {
        return figure().rescaledBy(varied(), options(trials.get(0)));
    }

    private List<String> varied() {
        return SweepPlan.withoutSeed(swept).stream().map(SweptOption::key).toList();
    }

    /** Returns the figure by which a trial is ranked, which is compared and averaged with those on one scale with it alone. */
    ScaledFigure measured(Trial trial, double value) {
        return ScaledFigure.of(trial.name(), figure().basis(varied(), options(trial)), value);
    }

    /** Returns settings by the scale on which the figure that ranks them lies, in their order; one list where it is one scale. */
    Map<Map<String, String>, List<Integer>> byScale() {
        Map<Map<String, String>, List<Integer>> byScale = new LinkedHashMap<>();
        for (int setting = 0; setting < settings(); setting++) {
            Trial first = ofSetting(setting).get(0);
            byScale.computeIfAbsent(measured(first, 0).basis().scale(), unseen -> new ArrayList<>())
                    .add(setting);
        }
        return byScale;
    }

    /** Returns all options of a trial's run, as they were given. */
    Map<String, @Nullable Object> options(Trial trial) {
        Map<String, @Nullable Object> options = new LinkedHashMap<>(base);
        options.putAll(trial.options());
        return options;
    }

    /** Returns the options of a trial's run, as the YAML file that it is begun with. */
    String yaml(Trial trial) {
        return OptionsYaml.write(options(trial));
    }

    /** Counts the settings. */
    @JsonIgnore
    int settings() {
        return 1 + trials.stream().mapToInt(Trial::setting).max().orElse(-1);
    }

    /** Returns the trials of a setting. */
    List<Trial> ofSetting(int setting) {
        return trials.stream().filter(trial -> trial.setting() == setting).toList();
    }

    /** Returns the optimizer steps of the sweep, with what halving leaves out. */
    @JsonIgnore
    long plannedSteps() {
        if (search != Search.HALVING) {
            return trials.stream().mapToLong(Trial::steps).sum();
        }
        long steps = 0;
        int going = settings();
        List<Integer> rungs = trials.get(0).rungs();
        for (int rung = 0; rung < rungs.size(); rung++) {
            int before = rung == 0 ? 0 : rungs.get(rung - 1);
            steps += (long) going * (rungs.get(rung) - before) * trials.size() / settings();
            going = Halving.kept(going, reduction);
        }
        return steps;
    }

    /** Returns the figure that ranks trials. */
    SweepMetric figure() {
        return new SweepMetric(command, metric);
    }

    /** Whether a folder is that of a sweep. */
    static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(FILE));
    }

    void write(Path folder) throws IOException {
        AtomicFile.write(folder.resolve(FILE), Json.document(this));
    }

    static SweepPlan read(Path folder) throws IOException {
        return Json.read(folder.resolve(FILE), SweepPlan.class);
    }

    /**
     * Makes every combination, the first option's values varying slowest; seeds vary within a setting.
     *
     * @throws InputException where a value is a range
     */
    static List<Trial> grid(List<SweptOption> swept) {
        List<Map<String, @Nullable Object>> combinations = new ArrayList<>(List.of(new LinkedHashMap<>()));
        for (SweptOption option : withoutSeed(swept)) {
            if (option.range() != null) {
                throw SweptOption.wrong(format(
                        "set gives %s a range, of which a grid has no values; list some, or use search random with"
                                + " trials.",
                        option.key()));
            }
            combinations = combinations.stream()
                    .flatMap(before -> option.values().stream().map(value -> joined(before, option.key(), value)))
                    .toList();
        }
        return numbered(combinations, swept);
    }

    /** Makes trials of combinations, each with every seed. */
    static List<Trial> numbered(List<Map<String, @Nullable Object>> combinations, List<SweptOption> swept) {
        List<Trial> trials = new ArrayList<>();
        for (int setting = 0; setting < combinations.size(); setting++) {
            for (Object seed : seeds(swept)) {
                Map<String, @Nullable Object> options = seed.equals("")
                        ? combinations.get(setting)
                        : joined(combinations.get(setting), Trial.SEED, seed);
                trials.add(new Trial(trials.size(), setting, options, List.of(), 0));
            }
        }
        return trials;
    }

    static List<SweptOption> withoutSeed(List<SweptOption> swept) {
        return swept.stream().filter(option -> !option.key().equals(Trial.SEED)).toList();
    }

    private static List<Object> seeds(List<SweptOption> swept) {
        List<Object> seeds = new ArrayList<>();
        swept.stream()
                .filter(option -> option.key().equals(Trial.SEED))
                .forEach(option -> option.values().forEach(value -> seeds.add(text(value))));
        return seeds.isEmpty() ? List.of("") : seeds;
    }

    static Map<String, @Nullable Object> joined(
            Map<String, @Nullable Object> before, String key, @Nullable Object value) {
        Map<String, @Nullable Object> joined = new LinkedHashMap<>(before);
        joined.put(key, value);
        return joined;
    }
}
