package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.binding.RunBinding;
import org.align4j.core.run.binding.RunChange;
import org.align4j.core.run.binding.SettledOptions;
import org.align4j.core.terminal.Terminal;

/**
 * Compares a run with what it was, before anything is loaded: whose its checkpoints are, the options they were
 * written under, and the cores of the machine.
 */
record ResumeCheck(RunDirectory run, ResumeOptions asked, Terminal terminal) {
    /**
     * Options that say where something lies, which may change: its contents are compared, by the hashes in manifest.json.
     */
    private static final Set<String> PLACES = Set.of("model", "adapter", "data", "eval-data", "out");

    private static final Set<String> LENGTHS = Set.of("epochs", "max-steps");

    /**
     * Refuses what changed, or takes it where changes are accepted.
     *
     * @param now the options as config.yaml and the command line have them
     * @param threads of the engine; empty where the options name none
     * @throws InputException naming everything that changed; nothing was written
     */
    void require(SettledOptions now, Optional<Integer> threads) {
        RunBinding binding = run.binding();
        run.checkpoints().requireOwn();
        if (asked.acceptChanges()) {
            binding.acceptChanges();
        }
        if (!binding.isBound()) {
            terminal.log(format(
                    "Note: %s was begun before runs had ids; whether its options or checkpoints changed since can't be told.",
                    run.path()));
            return;
        }
        requireOptions(now);
        threads.ifPresent(this::requireCores);
        binding.settle(now);
    }

    private void requireOptions(SettledOptions now) {
        List<RunChange> found = run.checkpoints().newestOptions().changesTo(now).stream()
                .filter(change -> !PLACES.contains(change.name()))
                .toList();
        boolean further = asked.goesFurther();
        if (further) {
            run.binding().extend(found.stream().filter(ResumeCheck::isLength).toList());
        }
        require(
                found.stream().filter(change -> !further || !isLength(change)).toList(),
                fresh -> format(
                        "%s changed since the run was written: %s; put back what was, or go on with the change and have it"
                                + " recorded: align resume %s --accept-changes",
                        run.configFile(), words(fresh), run.path()));
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
                        "threads of %s is %d but this machine has fewer cores (%d; the one that began the run had %d);"
                                + " resume it where there are %d cores, or set threads to %d in %s and go on with:"
                                + " align resume %s --accept-changes",
                        run.path(), threads, cores, before, threads, cores, run.configFile(), run.path()));
    }

    private void require(List<RunChange> found, Function<List<RunChange>, String> refusal) {
        List<RunChange> accepted = run.binding().require(found, refusal);
        if (!accepted.isEmpty()) {
            terminal.log(format("Accepted, and recorded in manifest.json: %s.", words(accepted)));
        }
    }

    private static boolean isLength(RunChange change) {
        return LENGTHS.contains(change.name());
    }

    private static String words(List<RunChange> changes) {
        return changes.stream().map(RunChange::toString).collect(Collectors.joining(", "));
    }
}
