package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionSpec;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsSpec.OpenOptions;
import org.align4j.core.options.Positional;
import org.align4j.core.session.TrainingMethod;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align sweep}: its own, and those of the command that it sweeps.
 *
 * @param command the training command's name
 * @param own the training command's options, as they were given
 */
record SweepOptions(
        @Positional(label = "COMMAND", help = "The training command, such as dpo; its own options follow.")
        String command,

        SpaceOptions space,

        @Option(
                help = "Trials that run side by side, where the machine's memory has room; they share the cores, so"
                        + " more are seldom faster.",
                defaultValue = "1")
        int atOnce,

        @Option(
                help = "The figure that ranks trials, which no option that varies may rescale; auto is what the"
                        + " verdict rests on, by held-out rows.",
                unset = "auto")
        @Nullable
        String metric,

        @Option(
                help = "Seed of what a random search draws; neither a larger nor a smaller one is better.",
                defaultValue = "42")
        long searchSeed,

        HalvingOptions halving,
        ShownOptions shown,

        @Option(help = "Check every trial, print the forecast of the whole, start nothing.")
        boolean dryRun,

        @OpenOptions.By(source = OwnSource.class, option = "command")
        OwnOptions own) {
    /** Which combinations of values are tried. */
    record SpaceOptions(
            @Option(
                    help =
                            "An option and the values to try, KEY=V1,V2 or KEY=1..4 or KEY=low~high; once for each option"
                                    + " that varies.",
                    repeats = true)
            List<String> set,

            @Option(
                    help = "Which combinations are tried: all, as many as trials says, or all for a start of which the"
                            + " better ones go on.",
                    defaultValue = "grid")
            Search search,

            @Option(
                    help =
                            "Combinations that a random search draws, and halving where a range is given; more find better"
                                    + " ones.")
            @Nullable
            Integer trials) {
        SpaceOptions {
            set = List.copyOf(set);
        }
    }

    /** How halving chooses. */
    record HalvingOptions(
            @Option(
                    help = "Of this many settings halving continues the best one, for as many times the steps; a larger"
                            + " one drops more of them at once.",
                    defaultValue = "3")
            int reduction,

            @Option(
                    help =
                            "Steps before halving's first choice; more make it surer; auto is what leaves one setting for"
                                    + " the last rung.",
                    unset = "auto")
            @Nullable
            Integer firstRung) {}

    /** Where the sweep is written and shown. */
    record ShownOptions(
            @Option(
                    help = "The sweep's folder, for its trials, the page, sweep.json, sweep.csv and a LaTeX table,"
                            + " sweep.tex; must be new or empty.")
            @Nullable
            Path out,

            @Option(
                    help = "Serve a live page of the sweep and its trials on this machine while it is at work; the"
                            + " console has its address.")
            boolean watch) {}

    /** Which combinations of values are tried. */
    enum Search {
        /** Every combination. */
        GRID,
        /** Combinations that are drawn. */
        RANDOM,
        /** Every combination, or those drawn, for a start; the better ones go on. */
        HALVING
    }

    SweepOptions {
        if (atOnce < 1 || atOnce > 64) {
            throw new InputException("at-once is " + atOnce + " but must be 1 to 64.");
        }
        if (halving.reduction() < 2 || halving.reduction() > 100) {
            throw new InputException("reduction is " + halving.reduction() + " but must be 2 to 100; 3 is usual.");
        }
        if (space.trials() != null && (space.trials() < 1 || space.trials() > 10_000)) {
            throw new InputException("trials is " + space.trials() + " but must be 1 to 10,000.");
        }
        if (space.search() == Search.RANDOM && space.trials() == null) {
            throw new InputException("trials is missing: a random search draws so many combinations.");
        }
        if (space.search() == Search.GRID && space.trials() != null) {
            throw new InputException("trials is " + space.trials()
                    + " but a grid tries every combination; drop it, or use search random.");
        }
        if (halving.firstRung() != null && (space.search() != Search.HALVING || halving.firstRung() < 1)) {
            throw new InputException(
                    "first-rung is " + halving.firstRung() + " but belongs to search halving, and must be at least 1.");
        }
        if (shown.out() == null && !dryRun) {
            throw new InputException("out is missing: the sweep's folder; must be new or empty.");
        }
    }

    /**
     * The options of the command that is swept, as they were given.
     *
     * @param given by name, before they have a type
     */
    record OwnOptions(Map<String, @Nullable Object> given) implements OpenOptions {
        OwnOptions {
            given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
        }

        @Override
        public Map<String, @Nullable Object> values() {
            return given;
        }
    }

    /** Knows the options of each training command. */
    static final class OwnSource implements OpenOptions.Source {
        /** Options of trainings that the sweep has itself. */
        private static final Set<String> TAKEN = Set.of("out", "dry-run", "watch");

        /** Makes one. */
        OwnSource() {}

        @Override
        public List<OptionSpec> options(List<String> chosen) {
            List<OptionSpec> options = new ArrayList<>();
            for (String name : chosen) {
                OptionsSpec.of(method(name).options()).options().stream()
                        .filter(option -> !TAKEN.contains(option.name()))
                        .forEach(options::add);
            }
            return options;
        }

        @Override
        public boolean keepsAsGiven() {
            return true;
        }

        @Override
        public OpenOptions create(Map<String, @Nullable Object> values) {
            return new OwnOptions(values);
        }
    }

    /**
     * Finds a training command.
     *
     * @throws InputException where it is none
     */
    static TrainingMethod<?> method(String name) {
        return TrainingMethod.named(name)
                .orElseThrow(() -> new InputException(format(
                                "COMMAND is %s but must be a training command: %s.",
                                name,
                                TrainingMethod.all().stream()
                                        .map(TrainingMethod::name)
                                        .collect(Collectors.joining(", "))))
                        .about(Culprit.commandLine()));
    }
}
