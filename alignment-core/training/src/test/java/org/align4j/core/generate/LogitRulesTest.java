package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.Test;

/** Scores that change by what prompt and answer hold: by hand, as transformers changes them, and in whole answers. */
class LogitRulesTest {
    private static final int DRAWS = 20_000;
    private static final int LETTERS = 12;

    private static Sampling sampling(
            double repetition, double presence, Map<String, Double> bias, List<String> forbid) {
        return new Sampling(1, 0, 1, 0, repetition, presence, bias, forbid);
    }

    /** Token i is the i-th letter, so that a text is a row of tokens, as transformers has what is forbidden. */
    private static LogitRules rules(
            double repetition, double presence, Map<String, Double> bias, List<String> forbidden) {
        Map<Integer, byte[]> letters = new TreeMap<>();
        for (int id = 0; id < LETTERS; id++) {
            letters.put(id, text(id).getBytes(StandardCharsets.UTF_8));
        }
        return new LogitRules(
                sampling(repetition, presence, bias, forbidden),
                forbidden.isEmpty() ? null : new ForbiddenTexts(forbidden, new SpelledTokens(letters, Map.of())));
    }

    private static String text(int... ids) {
        return Arrays.stream(ids).mapToObj(id -> "" + (char) ('a' + id)).collect(Collectors.joining());
    }

    /** The prompt has tokens 0 and 1, the answer 1 and 2. */
    private static float[] changed(LogitRules rules) {
        float[] scores = {2, -2, 4, 1};
        rules.apply(scores, new LogitRules.Written(new int[] {0, 1, 1, 2, 3}, 2, 4));
        return scores;
    }

    @Test
    void byHand() {
        assertThat(changed(rules(2, 0, Map.of(), List.of()))).containsExactly(1, -4, 2, 1);
        assertThat(changed(rules(1, 0.5, Map.of(), List.of()))).containsExactly(2, -2.5f, 3.5f, 1);
        assertThat(changed(rules(1, 0, Map.of("3", 1.5), List.of()))).containsExactly(2, -2, 4, 2.5f);
        assertThat(changed(rules(2, 0, Map.of("0", -3.0), List.of()))).containsExactly(-2, -4, 2, 1);
        float none = Float.NEGATIVE_INFINITY;
        assertThat(changed(rules(1, 0, Map.of(), List.of(text(3), text(1, 2, 0), text(1, 1)))))
                .containsExactly(none, -2, 4, none);
    }

    /** OpenAI's formula over the answer's tokens 1, 2 and 2: score − count · frequency − (count &gt; 0) · presence. The prompt's don't count. */
    @Test
    void frequencyByHand() {
        LogitRules rules = new LogitRules(new Sampling(1, 0, 1, 0, 1, 0.5, 0.25, Map.of(), List.of()), null);
        float[] scores = {2, -2, 4, 1};
        rules.apply(scores, new LogitRules.Written(new int[] {0, 0, 1, 2, 2, 3}, 2, 5));
        assertThat(scores).containsExactly(2, -2.75f, 3, 1);
        assertThat(rules.isEmpty()).isFalse();
        assertThatThrownBy(() -> new Sampling(1, 0, 1, 0, 1, 0, -101, Map.of(), List.of()))
                .hasMessageContaining("frequency-penalty is -101.0");
    }

    @Test
    void asTransformersChangesThem() throws IOException {
        JsonNode golden = golden();
        for (JsonNode one : golden.get("cases")) {
            Map<String, Double> bias = new LinkedHashMap<>();
            one.path("bias")
                    .properties()
                    .forEach(entry -> bias.put(entry.getKey(), entry.getValue().asDouble()));
            List<String> forbidden = new ArrayList<>();
            one.path("forbid").forEach(ids -> forbidden.add(text(Comparisons.ints(ids))));
            LogitRules rules = rules(
                    one.path("repetition").asDouble(1), one.path("presence").asDouble(0), bias, forbidden);
            int[] prompt = Comparisons.ints(one.get("prompt"));
            int[] answer = Comparisons.ints(one.get("answer"));
            int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(answer))
                    .toArray();
            float[] scores = floats(one.get("scores"));
            rules.apply(scores, new LogitRules.Written(all, prompt.length, all.length));
            for (int id = 0; id < scores.length; id++) {
                JsonNode expected = one.get("changed").get(id);
                if (expected.isNull()) {
                    assertThat(scores[id]).isEqualTo(Float.NEGATIVE_INFINITY);
                } else {
                    assertThat(scores[id]).isCloseTo(expected.floatValue(), within(1e-5f));
                }
            }
        }
        assertThat(golden.get("cases")).hasSize(7);
    }

    /** Drawn as often as transformers leaves it likely: four standard deviations of a share. */
    @Test
    void minPKeepsWhatTransformersKeeps() throws IOException {
        for (JsonNode one : golden().get("drawn")) {
            Sampling sampling = new Sampling(
                    one.path("temperature").asDouble(1),
                    one.path("top_k").asInt(0),
                    one.path("top_p").asDouble(1),
                    one.get("min_p").asDouble(),
                    1,
                    0,
                    Map.of(),
                    List.of());
            float[] logits = floats(one.get("scores"));
            int[] drawn = new int[logits.length];
            SplittableRandom random = new SplittableRandom(9);
            try (Scope scope = Engine.cpu().open()) {
                float[] weights = sampling.weights(scope, scope.floats(logits, 1, logits.length));
                for (int i = 0; i < DRAWS; i++) {
                    drawn[sampling.choose(weights, 0, logits.length, random)]++;
                }
            }
            for (int id = 0; id < drawn.length; id++) {
                double expected = one.get("probabilities").get(id).asDouble();
                assertThat(drawn[id] > 0).isEqualTo(expected > 0);
                assertThat((double) drawn[id] / DRAWS).isCloseTo(expected, within(4 * Math.sqrt(0.25 / DRAWS)));
            }
        }
    }

    private static JsonNode golden() throws IOException {
        try (InputStream in = LogitRulesTest.class.getResourceAsStream("/generate/logit_rules.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        }
    }

    private static float[] floats(JsonNode numbers) {
        float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.get(i).floatValue();
        }
        return values;
    }

    private static List<PromptTokens> prompts() {
        SplittableRandom random = new SplittableRandom(5);
        return IntStream.range(0, 6)
                .mapToObj(row ->
                        new PromptTokens(row, random.ints(2 + row, 3, 190).toArray(), null))
                .toList();
    }

    private static List<int[]> answers(BaseModel base, Sampling sampling, List<PromptTokens> prompts) {
        GenerationSettings settings = new GenerationSettings(24, sampling, 1, 3, List.of(), true);
        return new Generator(base, base, AnswerEnds.ofTokens(), 100)
                .generate(prompts, settings).stream().map(Completion::ids).toList();
    }

    @Test
    void answersDontDependOnTheirCompany() {
        try (BaseModel base = BaseModel.load(
                TinyFamilies.of("llama"), Families.decoder(TinyFamilies.of("llama")), Dtype.F32, Engine.cpu())) {
            Sampling drawn = new Sampling(1.2, 0, 1, 0.02, 1.4, 0.6, Map.of("17", 2.0, "9", -100.0), List.of());
            List<int[]> together = answers(base, drawn, prompts());
            for (int row = 0; row < prompts().size(); row++) {
                assertThat(answers(base, drawn, prompts().subList(row, row + 1)).get(0))
                        .isEqualTo(together.get(row));
                assertThat(together.get(row)).doesNotContain(9);
            }
            List<int[]> plain = answers(base, new Sampling(1.2, 0, 1), prompts());
            assertThat(together.stream().mapToLong(LogitRulesTest::different).sum())
                    .isGreaterThan(
                            plain.stream().mapToLong(LogitRulesTest::different).sum());
        }
    }

    private static long different(int[] ids) {
        return Arrays.stream(ids).distinct().count();
    }

    /** A penalty so large that no token comes twice. */
    @Test
    void greedyAnswersTakeTheLikeliestOfWhatIsLeft() {
        try (BaseModel base = BaseModel.load(
                TinyFamilies.of("llama"), Families.decoder(TinyFamilies.of("llama")), Dtype.F32, Engine.cpu())) {
            Sampling greedy = new Sampling(0, 0, 1, 0, 1, 100, Map.of(), List.of());
            answers(base, greedy, prompts()).forEach(ids -> assertThat(ids).doesNotHaveDuplicates());
        }
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> sampling(0, 0, Map.of(), List.of())).hasMessageContaining("repetition-penalty is 0.0");
        assertThatThrownBy(() -> sampling(1, 101, Map.of(), List.of()))
                .hasMessageContaining("presence-penalty is 101.0");
        assertThatThrownBy(() -> sampling(1, 0, Map.of("a", 1.0), List.of())).hasMessageContaining("no token id");
        assertThatThrownBy(() -> sampling(1, 0, Map.of("3", Double.NaN), List.of()))
                .hasMessageContaining("token 3");
        assertThatThrownBy(() -> sampling(1, 0, Map.of(), List.of(""))).hasMessageContaining("empty text");
        assertThatThrownBy(() -> new Sampling(1, 0, 1, 1.5, 1, 0, Map.of(), List.of()))
                .hasMessageContaining("min-p is 1.5");
        assertThatThrownBy(() -> AnswerEnds.ofTokens().rules(sampling(1, 0, Map.of(), List.of("x"))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no tokenizer");
        assertThatThrownBy(() -> rules(1, 0, Map.of("500", 1.0), List.of()).requireWithin(200))
                .hasMessageContaining("token 500", "200 tokens");
    }
}
