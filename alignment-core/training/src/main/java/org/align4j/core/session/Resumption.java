package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.error.Shortened;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.GpuReport;
import org.align4j.core.machine.Ownership;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunBinding;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.run.RunBinding.SettledOptions.RunChange;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.Continuation;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.core.train.TrainingLog;

/**
 * Takes up a run: reads the options that it goes on with, after it compared the run with what it was. Whose its checkpoints are, the
 * options they were written under, and the cores of the machine are looked at before anything is loaded.
 *
 * @param run in hand
 * @param how it goes on
 */
public record Resumption(RunDirectory run, Continuation how, TrainingLog log) {
    /**
     * Options that say where something lies, which may change: its contents are compared, by the hashes in manifest.json. What a key is
     * is compared by the service that it opens.
     */
    private static final Set<String> PLACES =
            Set.of("model", "adapter", "data", "eval-data", "out", "reward-key", "judge-key");

    /** How a command begins among the values of options. */
    private static final String COMMAND = "exec:";

    /** Missing in runs of earlier versions, which added slices in sequence. */
    private static final String ORDER = "gradient-order";

    private static final String DTYPE = "dtype";

    private static final String PRODUCTS = "products";

    private static final String THREADS = "threads";

    private static final Set<String> LENGTHS = Set.of("epochs", "max-steps");

    /** Options that say who takes the forwards: never part of the result, and asked again each time. */
    private static final Set<String> TAKERS = Set.of("cluster", "cluster-timeout", "cluster-mixed", "processes");

    /**
     * Returns the options to go on with.
     *
     * @param method that began the run
     * @throws InputException where the run is done and goes no further, or naming everything that changed; nothing was written
     */
    public <O extends Record> O options(TrainingMethod<O> method) throws IOException {
        Class<O> type = method.options();
        RunResult result = run.result();
        if (result.status() == RunResult.Status.DONE && !how.goesFurther()) {
            throw new InputException(format(
                    "%s is done (step %d of %d); give epochs or max-steps to take it further.",
                    run.path(), result.step(), result.totalSteps()));
        }
        String config = taken(threaded(lengthened(multiplied(started(config())))));
        O options = OptionsYaml.parse(config, run.configFile().toString(), type);
        requireCommands(options, Ownership.ofProcess());
        Optional<EngineOptions> engine = OptionsSpec.of(type).group(options, EngineOptions.class);
        String settled = OptionsYaml.write(options);
        require(
                SettledOptions.ofYaml(settled),
                engine.map(EngineOptions::threads),
                before -> keepsBits(method, options, before));
        if (how.goesFurther() || how.threads() != null) {
            run.lengthen(settled);
        }
        return options;
    }

    /**
     * Returns whether a run has the bits that it would have with another number of threads: where kernels have as many either way. A GPU
     * that might compute is left to a person.
     */
    private static <O extends Record> boolean keepsBits(TrainingMethod<O> method, O options, int before) {
        Optional<RecipeOptions> recipe = OptionsSpec.of(method.options()).group(options, RecipeOptions.class);
        if (recipe.isEmpty()) {
            return false;
        }
        RecipeOptions now = recipe.get();
        boolean ofCpu =
                now.machine().engine().device().processor() == DeviceChoice.Processor.CPU || !GpuReport.isPresent();
        boolean sideBySide =
                method.configured(options, TrainingLog.SILENT).recipe().sideBySide();
        return ofCpu && now.kernelThreads(sideBySide) == now.withThreads(before).kernelThreads(sideBySide);
    }

    /**
     * Refuses to start commands that somebody else wrote into the run.
     *
     * @param options of the run
     * @param user who goes on with it
     * @throws InputException naming the commands, where another account owns the run and they weren't given again
     */
    void requireCommands(Record options, Ownership user) throws IOException {
        List<String> commands = OptionsYaml.texts(options).stream()
                .filter(text -> text.startsWith(COMMAND))
                .toList();
        for (String given : how.allowCommand()) {
            if (!commands.contains(given)) {
                throw new InputException(format(
                        "allow-command is %s, which %s doesn't start; it starts %s. Write it word for word, or leave"
                                + " it out.",
                        Shortened.of(given), run.path(), commands.isEmpty() ? "no command" : Shortened.list(commands)));
            }
        }
        List<String> unasked = commands.stream()
                .filter(command -> !how.allowCommand().contains(command))
                .toList();
        boolean own =
                user.owns(run.path().toRealPath()) && user.owns(run.configFile().toRealPath());
        if (!own && !unasked.isEmpty()) {
            throw new InputException(format(
                    "%s belongs to another account and would start %s; look at it, and if you want that, give it"
                            + " again: align resume %s --allow-command %s",
                    run.path(),
                    Shortened.list(unasked),
                    run.path(),
                    unasked.stream().map(ShellWord::of).collect(Collectors.joining(" --allow-command "))));
        }
    }

    private String config() throws IOException {
        try {
            return Files.readString(run.configFile());
        } catch (CharacterCodingException e) {
            throw new InputException(
                    format("%s is not UTF-8 text; put it back as the run wrote it.", run.configFile()), e);
        }
    }

    /** The options with one adapter that training started from: earlier versions let one be given with a run that has its own. */
    private String started(String config) {
        RunStart start = OptionsYaml.parsePart(config, run.configFile().toString(), RunStart.class);
        if (!start.namesTwoAdapters()) {
            return config;
        }
        String base = start.base().toString();
        log.note(format(
                "model of %s is %s, which has an adapter, but the run started from adapter %s; it goes on from that,"
                        + " with model %s.",
                run.configFile(), start.model(), start.adapter(), base));
        return replaced(
                config,
                Set.of("model", "adapter"),
                OptionsYaml.write(new RunStart(base, start.adapter())).strip());
    }

    /** The options with a dtype of products: earlier versions multiplied weights as they stored them. */
    static String multiplied(String config) {
        Map<String, String> before = SettledOptions.ofYaml(config).values();
        String stored = before.get(DTYPE);
        return stored == null || before.containsKey(PRODUCTS)
                ? config
                : replaced(config, Set.of(PRODUCTS), PRODUCTS + ": " + stored);
    }

    /** The options with the length that is asked for, one line each. */
    private String lengthened(String config) {
        if (!how.goesFurther()) {
            return config;
        }
        return replaced(
                config,
                LENGTHS,
                how.extent().epochs() != null
                        ? "epochs: " + how.extent().epochs()
                        : "max-steps: " + how.extent().maxSteps());
    }

    /** The options with the threads that are asked for. */
    private String threaded(String config) {
        return how.threads() == null ? config : replaced(config, Set.of(THREADS), THREADS + ": " + how.threads());
    }

    /** The options with those who take the forwards from here on. */
    private String taken(String config) {
        Map<String, String> before = SettledOptions.ofYaml(config).values();
        String slices = before.get("gradient-slices");
        if (slices == null) { // a method that has no slices, or a run from before there were any
            if (how.takers().cluster() == null && how.takers().processes() == null) {
                return config;
            }
            slices = "0";
        }
        boolean ordered = before.containsKey(ORDER);
        ClusterOptions now = how.cluster(new ClusterOptions(
                ExecutorOptions.NONE,
                slices.matches("\\d{1,4}") ? Integer.parseInt(slices) : 1,
                before.getOrDefault(ORDER, "sequence").equals("tree")
                        ? ClusterOptions.Order.TREE
                        : ClusterOptions.Order.SEQUENCE,
                threads(before.getOrDefault("slice-threads", "1")),
                null));
        if (now.executors().clusterMixed()) {
            run.binding().move("cluster_mixed", "true");
        }
        String taker = before.getOrDefault("cluster", "none");
        if (!now.isUsed() && !taker.matches("none|null")) {
            log.note(format(
                    "Forwards were taken by %s and are taken on this machine from here on, slice by slice as before;"
                            + " give cluster to have others take them.",
                    taker));
        }
        String lines = OptionsYaml.write(now)
                .lines()
                .filter(line -> isTaken(line.substring(0, line.indexOf(':')), ordered))
                .collect(Collectors.joining("\n"));
        return replaced(config, TAKERS, lines);
    }

    private static int threads(String written) {
        return written.matches("[1-9]\\d{0,3}") ? Integer.parseInt(written) : 1;
    }

    /** Whether a line of the cluster's options replaces the run's; a run from before there were orders gets its own. */
    private static boolean isTaken(String name, boolean ordered) {
        return TAKERS.contains(name) || (name.equals(ORDER) && !ordered);
    }

    private static String replaced(String config, Set<String> names, String lines) {
        String others = config.replaceAll("(?m)^(" + String.join("|", names) + "):.*\\R?", "");
        String gap = others.isEmpty() || others.endsWith("\n") ? "" : "\n";
        return others + gap + lines + "\n";
    }

    /**
     * Refuses what changed, or takes it where changes are accepted.
     *
     * @param now the options as config.yaml and the caller have them
     * @param threads of the engine; empty where the options name none
     * @param keepsBits whether the run has the bits that it would have with so many threads
     */
    void require(SettledOptions now, Optional<Integer> threads, IntPredicate keepsBits) {
        RunBinding binding = run.binding();
        run.checkpoints().requireOwn();
        if (how.acceptChanges()) {
            binding.acceptChanges();
        }
        if (!binding.isBound()) {
            log.note(format(
                    "Note: %s was begun before runs had ids; whether its options or checkpoints changed since can't be"
                            + " determined.",
                    run.path()));
            return;
        }
        requireOptions(now, keepsBits);
        threads.ifPresent(this::requireCores);
        binding.settle(now);
    }

    private void requireOptions(SettledOptions now, IntPredicate keepsBits) {
        List<RunChange> changes = run.checkpoints().newestOptions().changesTo(now).stream()
                .filter(change -> !PLACES.contains(change.name()) && !TAKERS.contains(change.name()))
                .filter(change -> !isThreads(change) || !keepsBits.test(threads(change.before())))
                .toList();
        requireThreads(changes.stream().filter(Resumption::isThreads).toList());
        List<RunChange> found = changes.stream()
                .filter(change -> how.threads() == null || !isThreads(change))
                .toList();
        boolean further = how.goesFurther();
        if (further) {
            run.binding().extend(found.stream().filter(Resumption::isLength).toList());
        }
        require(
                found.stream().filter(change -> !further || !isLength(change)).toList(),
                fresh -> format(
                        "%s changed since the run was written: %s; put back what was, or go on with the change and"
                                + " have it recorded: align resume %s --accept-changes",
                        run.configFile(), words(fresh), run.path()));
    }

    /** Threads that are asked for now, and change how sums are cut. */
    private void requireThreads(List<RunChange> found) {
        if (how.threads() == null) {
            return;
        }
        require(
                found,
                fresh -> format(
                        "threads is %d but %s was computed with %s, and kernels cut their sums by it. The run would go"
                                + " on with other bits. Leave threads out, or go on so and have it recorded: align resume"
                                + " %s --threads %d --accept-changes",
                        how.threads(), run.path(), fresh.get(0).before(), run.path(), how.threads()));
    }

    private static boolean isThreads(RunChange change) {
        return change.name().equals(THREADS);
    }

    /** Engine threads that share a core wait for each other in every kernel. */
    private void requireCores(int threads) {
        int cores = Runtime.getRuntime().availableProcessors();
        if (threads <= cores || !(run.manifest().get("cores") instanceof Integer before) || before <= cores) {
            return;
        }
        require(
                List.of(new RunChange("cores", before.toString(), Integer.toString(cores))),
                fresh -> format(
                        "threads of %s is %d but this machine has fewer cores (%d; the one that began the run had %d)."
                                + " Resume it where there are %d cores, or with fewer threads: align resume %s --threads"
                                + " %d. Or go on with as many all the same: align resume %s --accept-changes",
                        run.path(), threads, cores, before, threads, run.path(), cores, run.path()));
    }

    private void require(List<RunChange> found, Function<List<RunChange>, String> refusal) {
        List<RunChange> accepted = run.binding().require(found, refusal);
        if (!accepted.isEmpty()) {
            log.note(format("Accepted, and recorded in manifest.json: %s.", words(accepted)));
        }
    }

    private static boolean isLength(RunChange change) {
        return LENGTHS.contains(change.name());
    }

    private static String words(List<RunChange> changes) {
        return changes.stream().map(RunChange::toString).collect(Collectors.joining(", "));
    }
}
