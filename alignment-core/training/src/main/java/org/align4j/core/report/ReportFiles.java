package org.align4j.core.report;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.Warning;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.run.HeldNames;
import org.align4j.core.run.Run;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.verdict.BrokenSigns.MethodSigns;
import org.align4j.core.verdict.Evidence;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * The files of a run directory that only its report reads: {@code warnings.json}, {@code samples.json},
 * {@code rows.json}, {@code relations.json}, {@code screening.json}, {@code evaluation.json}, {@code guard-tasks.json},
 * {@code cluster.json}, and those that a method adds by {@link #write}. Each is replaced as a whole; a file that isn't there yet means
 * there is nothing to tell.
 */
public final class ReportFiles {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    /** The first and the last evaluation, row by row: {@link Evaluations}. */
    public static final String EVALUATION = "evaluation.json";

    /** What the run's rows have to do with each other: {@link RowRelations}. */
    public static final String RELATIONS = "relations.json";

    /** The guard tasks at the first and the newest evaluation, item by item: {@link GuardedTask}. */
    public static final String GUARD_TASKS = "guard-tasks.json";

    /** Says what the doctor's checks found in the rows before the first step: {@link Screening}. */
    public static final String SCREENING = "screening.json";

    /** What it took to have a cluster take the forwards, once for each time that the run went on: {@link ClusterAccount}. */
    public static final String CLUSTER = "cluster.json";

    private static final String WARNINGS = "warnings.json";
    private static final String SAMPLES = "samples.json";
    private static final String ROWS = "rows.json";

    private final Path run;

    /**
     * The files of one run.
     *
     * @param run its directory
     */
    public ReportFiles(Path run) {
        this.run = run;
    }

    /** Writes all warnings so far, an array of {@code code, seen, advice}. */
    public void writeWarnings(List<Warning> warnings) throws IOException {
        write(WARNINGS, warnings);
    }

    /** Writes the answers so far, an array of {@code row, prompt, turns, before, after, chosen}. */
    public void writeSamples(List<Sample> samples) throws IOException {
        write(SAMPLES, samples);
    }

    /** Writes the guard tasks at the first evaluation and the newest. */
    public void writeGuardTasks(List<GuardedTask> tasks) throws IOException {
        write(GUARD_TASKS, tasks);
    }

    /** The guard tasks at the first evaluation and the newest, none when no file is there. */
    public List<GuardedTask> guardTasks() throws IOException {
        return read(GUARD_TASKS, new TypeReference<List<GuardedTask>>() {}).orElse(List.of());
    }

    /** Writes what it took to have others take forwards, once for each time that the run went on. */
    public void writeAccounts(List<ClusterAccount> accounts) throws IOException {
        write(CLUSTER, accounts);
    }

    /** What it took to have others take forwards, once for each time that the run went on; none when no file is there. */
    public List<ClusterAccount> accounts() throws IOException {
        return read(CLUSTER, new TypeReference<List<ClusterAccount>>() {}).orElse(List.of());
    }

    /** Writes what was read, used and dropped. */
    public void writeRows(RowsReport rows) throws IOException {
        write(ROWS, rows);
    }

    /** Whether what became of the rows is there. */
    public boolean hasRows() {
        return Files.isRegularFile(run.resolve(ROWS));
    }

    /** The warnings, none when no file is there. */
    public List<Warning> warnings() throws IOException {
        return read(WARNINGS, new TypeReference<List<Warning>>() {}).orElse(List.of());
    }

    /** The answers, none when no file is there. */
    public List<Sample> samples() throws IOException {
        return read(SAMPLES, new TypeReference<List<Sample>>() {}).orElse(List.of());
    }

    /** What was read, used and dropped, empty when no file is there. */
    public Optional<RowsReport> rows() throws IOException {
        return read(ROWS, new TypeReference<RowsReport>() {});
    }

    /** Returns what was found in the rows before the first step, {@link Screening#NONE} when no file is there. */
    public Screening screening() throws IOException {
        return read(SCREENING, new TypeReference<Screening>() {}).orElse(Screening.NONE);
    }

    /** The first and the last evaluation row by row, none when no file is there. */
    public Evaluations evaluations() throws IOException {
        return read(EVALUATION, new TypeReference<Evaluations>() {}).orElse(Evaluations.NONE);
    }

    /**
     * All that the verdict on the run rests on.
     *
     * @param method what the method that trained knows of its runs
     * @param history its metrics
     */
    public Evidence evidence(MethodSigns method, MetricHistory history) throws IOException {
        List<Sample> answered =
                samples().stream().filter(sample -> sample.after() != null).toList();
        Repetition repetition = answered.isEmpty()
                ? null
                : Repetition.of(
                        answered.stream().map(Sample::before).toList(),
                        answered.stream()
                                .map(Sample::after)
                                .filter(Objects::nonNull)
                                .toList(),
                        endless(answered, Sample.Likelihoods::before),
                        endless(answered, Sample.Likelihoods::after));
        RowRelations relations =
                read(RELATIONS, new TypeReference<RowRelations>() {}).orElse(null);
        String unwrapped = rows().stream()
                .flatMap(report -> report.notes().stream())
                .filter(RowReport::saysUnwrapped)
                .findFirst()
                .orElse(null);
        return new Evidence(method, relations, evaluations(), history, repetition, unwrapped);
    }

    /** Counts the answers that have as many tokens as they may have; null where that isn't known of each. */
    private static @Nullable Integer endless(
            List<Sample> samples, Function<Sample.Likelihoods, Sample.@Nullable Likelihood> which) {
        int count = 0;
        for (Sample sample : samples) {
            if (sample.likelihoods() == null) {
                return null;
            }
            Sample.Likelihood known = which.apply(sample.likelihoods());
            count += known != null && known.tokens() >= Sample.MOST_TOKENS ? 1 : 0;
        }
        return count;
    }

    /**
     * Writes a file of a method's own.
     *
     * @param name within the run's directory
     * @param value what it holds, a record or a list of records
     */
    public void write(String name, Object value) throws IOException {
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
        AtomicFile.write(run.resolve(HeldNames.require(name)), text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a file of a method's own, empty when it isn't there.
     *
     * @throws InputException when it is there and no such file
     */
    public <T> Optional<T> read(String name, TypeReference<T> type) throws IOException {
        return new Run(run).read(name, type);
    }

    /**
     * Counts the rows that were read, used and dropped, as {@code rows.json} has them.
     *
     * @param sets the training rows, then those of evaluation and the guard text where there are any
     * @param notes plain sentences about the rows, such as how many prompts were tokenised separately
     */
    public record RowsReport(List<RowSet> sets, List<String> notes) {
        public RowsReport {
            sets = List.copyOf(sets);
            notes = List.copyOf(notes);
        }

        /**
         * One set of rows.
         *
         * @param name {@code train}, {@code eval} or {@code guard}
         * @param files where they were read from
         * @param read rows found
         * @param used rows that went on
         * @param dropped reason to rows dropped for it, in the order they first occurred
         */
        public record RowSet(String name, List<String> files, long read, long used, Map<String, Long> dropped) {
            public RowSet {
                files = List.copyOf(files);
                dropped = Collections.unmodifiableMap(new LinkedHashMap<>(dropped));
            }
        }

        /** The set of that name. */
        public Optional<RowSet> set(String name) {
            return sets.stream().filter(set -> set.name().equals(name)).findFirst();
        }
    }
}
