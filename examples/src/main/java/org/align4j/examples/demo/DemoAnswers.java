package org.align4j.examples.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.align4j.core.eval.Proportion;
import org.align4j.core.files.Json;
import org.align4j.core.report.Sample;

/**
 * The answers to the same prompts before and after training.
 *
 * @param samples one per prompt
 */
record DemoAnswers(List<Sample> samples) {
    private static final Courtesy JUDGE = new Courtesy();
    private static final int SHOWN = 2;

    DemoAnswers {
        samples = List.copyOf(samples);
    }

    /** Reads what {@code align generate} wrote before and after. */
    static DemoAnswers read(DemoPlan plan) throws IOException {
        List<JsonNode> rows = lines(plan.prompts());
        List<JsonNode> before = lines(plan.answersBefore());
        List<JsonNode> after = lines(plan.answersAfter());
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            samples.add(new Sample(
                    i,
                    rows.get(i).at("/prompt/0/content").asText(),
                    before.get(i).path("completion").asText(),
                    after.get(i).path("completion").asText(),
                    rows.get(i).at("/chosen/0/content").asText(),
                    rows.get(i).at("/rejected/0/content").asText()));
        }
        return new DemoAnswers(samples);
    }

    Proportion courteousBefore() {
        return courteous(samples.stream().map(Sample::before).toList());
    }

    Proportion courteousAfter() {
        return courteous(samples.stream().map(DemoAnswers::after).toList());
    }

    /** Two prompts to show: of those first answered curtly, the two whose facts the model was surest of. */
    List<Sample> shown(HeldOutScores before) {
        List<Sample> curt = samples.stream()
                .filter(sample -> JUDGE.manner(sample.before())
                        .filter(Manner.CURT::equals)
                        .isPresent())
                .sorted(Comparator.comparingDouble(sample -> -before.meanTokenLogProbability(sample.row())))
                .toList();
        return curt.subList(0, Math.min(SHOWN, curt.size()));
    }

    static String after(Sample sample) {
        String after = sample.after();
        return after == null ? "" : after;
    }

    private static Proportion courteous(List<String> answers) {
        return new Proportion((int) answers.stream().filter(JUDGE::isCourteous).count(), answers.size());
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            nodes.add(Json.read(line));
        }
        return nodes;
    }
}
