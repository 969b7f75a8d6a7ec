package org.align4j.core.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.align4j.core.data.RowRelations;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Warning;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.verdict.run.Evaluations;
import org.align4j.core.verdict.run.Evidence;
import org.align4j.core.verdict.run.Repetition;

/**
 * The files of a run directory that only its report reads: {@code warnings.json}, {@code samples.json},
 * {@code rows.json}, {@code relations.json}, {@code evaluation.json}, a reward run's {@code scores.json} or {@code steps.json} and a ppo run's {@code answers.json}. Each is replaced as a whole; a file that isn't there yet means there is nothing to tell.
 */
public final class ReportFiles {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    /** The first and the last evaluation, row by row: {@link Evaluations}. */
    public static final String EVALUATION = "evaluation.json";

    /** What the run's rows have to do with each other: {@link RowRelations}. */
    public static final String RELATIONS = "relations.json";

    private static final String WARNINGS = "warnings.json";
    private static final String SAMPLES = "samples.json";
    private static final String ROWS = "rows.json";
    private static final String SCORES = "scores.json";
    private static final String STEPS = "steps.json";
    private static final String ANSWERS = "answers.json";

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

    /** Writes the answers so far, an array of {@code row, prompt, before, after, chosen}. */
    public void writeSamples(List<Sample> samples) throws IOException {
        write(SAMPLES, samples);
    }

    /** Writes what was read, used and dropped. */
    public void writeRows(RowsReport rows) throws IOException {
        write(ROWS, rows);
    }

    /** Writes what a reward model makes of its held-out pairs. */
    public void writeScores(JudgedPairs scores) throws IOException {
        write(SCORES, scores);
    }

    /** Writes what a process reward model makes of its held-out answers. */
    public void writeSteps(JudgedSteps steps) throws IOException {
        write(STEPS, steps);
    }

    /** Adds a round of answers; later ones, which a resumed run gives anew, go. */
    public void addAnswers(AnswerRound round) throws IOException {
        List<AnswerRound> rounds = new ArrayList<>(answers());
        rounds.removeIf(other -> other.step() >= round.step());
        rounds.add(round);
        write(ANSWERS, rounds);
    }

    /** The rounds of answers by step, none when no file is there. */
    public List<AnswerRound> answers() throws IOException {
        return read(ANSWERS, new TypeReference<List<AnswerRound>>() {}).orElse(List.of());
    }

    /** What a reward model makes of its held-out pairs, empty when no file is there. */
    public Optional<JudgedPairs> scores() throws IOException {
        return read(SCORES, new TypeReference<JudgedPairs>() {});
    }

    /** What a process reward model makes of its held-out answers, empty when no file is there. */
    public Optional<JudgedSteps> steps() throws IOException {
        return read(STEPS, new TypeReference<JudgedSteps>() {});
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

    /** The first and the last evaluation row by row, none when no file is there. */
    public Evaluations evaluations() throws IOException {
        return read(EVALUATION, new TypeReference<Evaluations>() {}).orElse(Evaluations.NONE);
    }

    /**
     * All that the verdict on the run rests on.
     *
     * @param command that trained
     * @param history its metrics
     */
    public Evidence evidence(String command, MetricHistory history) throws IOException {
        List<Sample> answered =
                samples().stream().filter(sample -> sample.after() != null).toList();
        Repetition repetition = answered.isEmpty()
                ? null
                : Repetition.of(
                        answered.stream().map(Sample::before).toList(),
                        answered.stream()
                                .map(Sample::after)
                                .filter(Objects::nonNull)
                                .toList());
        RowRelations relations =
                read(RELATIONS, new TypeReference<RowRelations>() {}).orElse(null);
        return new Evidence(command, relations, evaluations(), history, repetition);
    }

    private void write(String name, Object value) throws IOException {
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
        AtomicFile.write(run.resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private <T> Optional<T> read(String name, TypeReference<T> type) throws IOException {
        Path file = run.resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(JSON.readValue(Files.readAllBytes(file), type));
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is no file of this program (" + e.getOriginalMessage()
                    + "); remove it and the report leaves it out.");
        }
    }
}
