package org.align4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.examples.MicroDpo.Pair;
import org.align4j.examples.MicroDpo.Value;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Holds {@code MicroDpo.java} to torch ({@code micro/micro_dpo.py}), to Align4J's own loss, and to what a reader is promised. */
class MicroDpoTest {
    private static final List<String> SIX = MicroDpo.THINGS.subList(0, 6);
    private final MicroDpo model = new MicroDpo();

    @Test
    void twentyStepsOfEachObjectiveAreTorchs() throws IOException {
        JsonNode torch;
        try (InputStream in = MicroDpoTest.class.getResourceAsStream("/micro/figures.json")) {
            torch = new ObjectMapper().readTree(in);
        }
        Supplier<Pair> texts = () -> model.pair(MicroDpo.THINGS, MicroDpo.ANSWERS);
        Supplier<Pair> pairs = () -> model.pair(SIX, MicroDpo.COURTEOUS);
        compare(torch.get("sft"), losses(1, 8, texts, model::sft, model.weights));
        compare(torch.get("dpo"), losses(1, 8, pairs, model::dpo, model.adapter));
        compare(torch.get("grpo"), losses(21, 4, pairs, model::grpo, model.adapter));
    }

    @Test
    void dposLossAndItsGradientAreThoseOfSigmoid() {
        losses(1, 8, () -> model.pair(SIX, MicroDpo.COURTEOUS), model::dpo, model.adapter);
        Pair pair = model.pair(MicroDpo.THINGS, MicroDpo.COURTEOUS);
        double[][] reference = {numbers(pair, pair.chosen(), false), numbers(pair, pair.rejected(), false)};
        double[][] policy = {numbers(pair, pair.chosen(), true), numbers(pair, pair.rejected(), true)};
        var library = PreferenceObjective.of(new Sigmoid(0.5))
                .evaluate(new BatchScores(List.of(RowScores.of(policy, reference))), LossState.initial(0));
        assertThat(library.loss()).isNotCloseTo(Math.log(2), within(0.01));
        assertThat(model.dpo(pair)).isCloseTo(library.loss(), within(1e-9));
    }

    @Test
    void theFirstLossIsLn2AndBackwardIsTheDerivative() {
        Pair pair = model.pair(SIX, MicroDpo.COURTEOUS);
        assertThat(model.dpo(pair)).isCloseTo(Math.log(2), within(1e-12));
        losses(1, 4, () -> model.pair(SIX, MicroDpo.COURTEOUS), model::dpo, model.adapter);
        model.weights.forEach((name, matrix) -> derivativeIsRight(model::sft, pair, matrix[matrix.length / 2][1]));
        model.adapter.forEach((name, matrix) -> derivativeIsRight(model::dpo, pair, matrix[matrix.length / 2][1]));
    }

    private void derivativeIsRight(ToDoubleFunction<Pair> objective, Pair pair, Value weight) {
        weight.g = 0;
        objective.applyAsDouble(pair);
        double byTape = weight.g;
        double before = weight.v;
        weight.v = before + 1e-5;
        double up = objective.applyAsDouble(pair);
        weight.v = before - 1e-5;
        double down = objective.applyAsDouble(pair);
        weight.v = before;
        assertThat(byTape).isCloseTo((up - down) / 2e-5, within(1e-7));
    }

    @Test
    void aReaderReadsThreeHundredLinesAndNothingElse() throws IOException {
        Path file = Path.of(
                System.getProperty("align4j.root"), "examples/src/main/java/org/align4j/examples/MicroDpo.java");
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSizeLessThanOrEqualTo(300);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("import"))
                .allMatch(line -> line.startsWith("import java."));
    }

    @Test
    @Tag("long")
    void itLearnsCourtesyThenBrevity() {
        PrintStream out = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            MicroDpo.main(new String[0]);
        } finally {
            System.setOut(out);
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(courteous(lines.get(2))).isGreaterThan(courteous(lines.get(1)) + 25);
        assertThat(brief(lines.get(3))).isGreaterThan(brief(lines.get(2)) + 20);
    }

    private static double courteous(String line) {
        return Double.parseDouble(line.replaceAll(".*: ([0-9.]+) % courteous.*", "$1"));
    }

    private static double brief(String line) {
        return Double.parseDouble(line.replaceAll(".*courteous, ([0-9.]+) % also brief.*", "$1"));
    }

    private List<Double> losses(
            int from, int size, Supplier<Pair> data, ToDoubleFunction<Pair> loss, Map<String, Value[][]> trained) {
        List<Double> losses = new ArrayList<>();
        for (int n = from; n < from + 20; n++) {
            losses.add(model.step(n, size, data, loss, trained));
        }
        return losses;
    }

    private double[] numbers(Pair pair, int[] answer, boolean withAdapter) {
        return Arrays.stream(model.logP(pair.prompt(), answer, withAdapter))
                .mapToDouble(x -> x.v)
                .toArray();
    }

    private static void compare(JsonNode torch, List<Double> ours) {
        assertThat(torch).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(ours.get(i)).isCloseTo(torch.get(i).doubleValue(), within(1e-9));
        }
    }
}
