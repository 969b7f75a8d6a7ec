package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.align4j.core.reference.BuiltFamilies;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of tiny models: as transformers gives them, whatever the batch is, and the same for the same seed. */
class GeneratorTest {
    private static final int MAX_LENGTH = 100;

    private static Path tinyLlama() {
        return TinyFamilies.of("llama");
    }

    private static Generator generator(BaseModel base, int... ends) {
        return new Generator(base, base, AnswerEnds.ofTokens(ends), MAX_LENGTH);
    }

    private static PromptTokens prompt(int row, int... ids) {
        return new PromptTokens(row, ids, null);
    }

    private static List<PromptTokens> prompts(int count) {
        SplittableRandom random = new SplittableRandom(5);
        List<PromptTokens> prompts = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            int[] ids = random.ints(1 + row % 7, 3, 190).toArray();
            prompts.add(prompt(row, ids));
        }
        return prompts;
    }

    @Tag("reference")
    @TestFactory
    Stream<DynamicTest> greedyAnswersAreThoseOfTransformers() {
        return greedyAnswers(Engine.cpu());
    }

    /** Compares the greedy answers of every family's tiny model with those of transformers. */
    static Stream<DynamicTest> greedyAnswers(Engine engine) {
        return Stream.of("families", "family-options").flatMap(folder -> greedyAnswers(engine, folder));
    }

    private static Stream<DynamicTest> greedyAnswers(Engine engine, String folder) {
        return ReferenceFolder.of(folder)
                .leaving("sequence", "batch", "gradients", "short_sequence", "lora", "dpo", "bfloat16")
                .leaving("min_top2_gap", "top2_gaps", "generate_with_cache_agrees")
                .folders("expected.json", name -> !name.endsWith("reward"), (reference, comparisons) -> {
                    BuiltFamilies.require(reference.file("config.json"), comparisons);
                    int[] ids =
                            Comparisons.ints(reference.content().path("greedy").path("prompt_ids"));
                    int[] expected =
                            Comparisons.ints(reference.content().path("greedy").path("continuation_ids"));
                    try (BaseModel base =
                            BaseModel.load(reference.path(), Families.decoder(reference.path()), Dtype.F32, engine)) {
                        Completion answer = generator(base)
                                .generate(List.of(prompt(0, ids)), GenerationSettings.greedy(expected.length))
                                .get(0);
                        comparisons.same("continuation", list(expected), list(answer.ids()));
                        comparisons.same("finished", false, answer.finished());
                    }
                });
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    static Stream<String> families() {
        return TinyFamilies.names();
    }

    private static BaseModel load(String family) {
        Path model = TinyFamilies.of(family);
        return BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
    }

    /** Tokens are told as likely as a forward over the answer finds them, and the answers are the same. */
    @Test
    void saysHowLikelyTokensWereAsTheyWereDrawn() {
        GenerationSettings settings = new GenerationSettings(12, new Sampling(0.7, 5, 1), 2, 3, List.of(), true);
        try (BaseModel base = load("llama");
                Policy policy = Policy.fixed(base, TinyPolicies.adapter(base, 0))) {
            Generator drawing = new Generator(base, policy.weights(), AnswerEnds.ofTokens(), MAX_LENGTH);
            Map<Integer, float[]> told = new HashMap<>();
            Map<Integer, int[]> drawn = new HashMap<>();
            drawing.generate(prompts(5), settings, new Generator.Listener() {
                @Override
                public boolean asksLogProbs() {
                    return true;
                }

                @Override
                public void logProbs(PromptTokens prompt, int sample, float[] logProbs) {
                    told.put(2 * prompt.row() + sample, logProbs);
                }

                @Override
                public void completed(Completion completion) {
                    drawn.put(2 * completion.prompt().row() + completion.sample(), completion.ids());
                }
            });
            List<Completion> untold = drawing.generate(prompts(5), settings);
            for (Completion answer : untold) {
                int number = 2 * answer.prompt().row() + answer.sample();
                assertThat(drawn.get(number)).isEqualTo(answer.ids());
                PackedBatch text =
                        PackedBatch.of(List.of(TokenTree.of(answer.prompt().prompt(), answer.ids())));
                double[] read = policy.score(text).logProbs(text.span(0, 0));
                float[] own = told.get(number);
                assertThat(own).hasSameSizeAs(read);
                for (int t = 0; t < read.length; t++) {
                    assertThat((double) own[t]).isCloseTo(read[t], offset(1e-4));
                }
            }
        }
    }

    /** Every greedy token is the likeliest by the uncached path, which reads the whole text again. */
    @ParameterizedTest
    @MethodSource("families")
    void cachedEqualsUncached(String family) {
        try (BaseModel base = load(family)) {
            for (Completion answer : generator(base).generate(prompts(6), GenerationSettings.greedy(16))) {
                assertThat(answer.ids()).hasSize(16);
                int[] prompt = answer.prompt().prompt();
                int[] text = Arrays.copyOf(prompt, prompt.length + 16);
                System.arraycopy(answer.ids(), 0, text, prompt.length, 16);
                for (int t = prompt.length; t < text.length; t++) {
                    assertThat(likeliest(base, Arrays.copyOf(text, t)))
                            .as("token %d", t)
                            .isEqualTo(text[t]);
                }
            }
        }
    }

    private static int likeliest(BaseModel base, int[] text) {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], text)));
        try (Scope scope = base.engine().open()) {
            Masks masks = new Masks(scope);
            PassContext pass = new PassContext(base, new PackedAttention(scope, batch, masks, base.dtype()), null);
            NDArray ids = scope.longs(Arrays.stream(text).asLongStream().toArray());
            NDArray hidden = base.decoder().hidden(scope, ids, pass);
            NDArray last = DecoderKernels.rowRange(scope, hidden, text.length - 1, text.length);
            float[] logits = base.decoder().logits(scope, last, base).toFloatArray();
            return IntStream.range(0, logits.length)
                    .reduce((best, id) -> logits[id] > logits[best] ? id : best)
                    .orElseThrow();
        }
    }

    /** Positions change at 10 tokens, which answers to prompts of 4 and 9 tokens pass; each is as if alone. */
    @Test
    void answersPassTheLengthWherePositionsChange() {
        try (BaseModel base = load("phi3-longrope")) {
            assertThat(base.decoder().lengthBoundary()).isEqualTo(10);
            List<PromptTokens> both =
                    List.of(prompt(0, 9, 8, 7, 6), prompt(1, 5, 6, 7, 8, 9, 10, 11, 12, 13), prompt(2, 3));
            List<Completion> together = generator(base).generate(both, GenerationSettings.greedy(14));
            for (int row = 0; row < both.size(); row++) {
                Completion alone = generator(base)
                        .generate(List.of(both.get(row)), GenerationSettings.greedy(14))
                        .get(0);
                assertThat(together.get(row).ids()).isEqualTo(alone.ids());
            }
        }
    }

    @Test
    void anAnswerDoesNotDependOnItsBatch() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu())) {
            Generator generator = generator(base, 7, 8, 9, 10, 11, 12, 13, 14);
            GenerationSettings settings = sampled(42, 3);
            List<PromptTokens> prompts = prompts(30);
            List<Completion> together = generator.generate(prompts, settings);
            assertThat(together).hasSize(90);
            for (int row : new int[] {0, 13, 29}) {
                List<Completion> alone = generator.generate(List.of(prompts.get(row)), settings);
                for (int sample = 0; sample < 3; sample++) {
                    Completion same = together.get(3 * row + sample);
                    assertThat(same.prompt().row()).isEqualTo(row);
                    assertThat(same.sample()).isEqualTo(sample);
                    assertThat(same.ids()).isEqualTo(alone.get(sample).ids());
                }
            }
            assertThat(together).anyMatch(Completion::finished).anyMatch(answer -> !answer.finished());
        }
    }

    private static GenerationSettings sampled(long seed, int samples) {
        return new GenerationSettings(24, new Sampling(1.5, 0, 1), samples, seed, List.of(), false);
    }

    @Test
    void theSeedDecides() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu())) {
            List<PromptTokens> prompts = prompts(2);
            List<int[]> first = ids(generator(base).generate(prompts, sampled(1, 2)));
            assertThat(ids(generator(base).generate(prompts, sampled(1, 2)))).containsExactlyElementsOf(first);
            assertThat(ids(generator(base).generate(prompts, sampled(2, 2)))).doesNotContainAnyElementsOf(first);
            assertThat(first.get(0)).isNotEqualTo(first.get(1));
        }
    }

    private static List<int[]> ids(List<Completion> answers) {
        return answers.stream().map(Completion::ids).toList();
    }

    @Test
    void endsAtEndTokensUnlessTheyAreIgnored() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu())) {
            List<PromptTokens> prompts = prompts(1);
            int[] free = generator(base)
                    .generate(prompts, GenerationSettings.greedy(12))
                    .get(0)
                    .ids();
            int end = free[5];
            int first = list(free).indexOf(end);
            Completion ended = generator(base, end)
                    .generate(prompts, GenerationSettings.greedy(12))
                    .get(0);
            assertThat(ended.finished()).isTrue();
            assertThat(ended.endReason()).isEqualTo(Completion.EndReason.END);
            assertThat(ended.ids()).isEqualTo(Arrays.copyOf(free, first + 1));
            GenerationSettings ignoring = new GenerationSettings(12, Sampling.GREEDY, 1, 0, List.of(), true);
            Completion whole = generator(base, end).generate(prompts, ignoring).get(0);
            assertThat(whole.ids()).isEqualTo(free);
            assertThat(whole.finished()).isFalse();
            assertThat(whole.endReason()).isEqualTo(Completion.EndReason.LENGTH);
        }
    }

    @Test
    void answersEndAtTheModelsLimit() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu())) {
            Generator shortened = new Generator(base, base, AnswerEnds.ofTokens(), 10);
            Completion answer = shortened
                    .generate(List.of(prompt(0, 5, 6, 7)), GenerationSettings.greedy(50))
                    .get(0);
            assertThat(answer.ids()).hasSize(7);
            assertThatThrownBy(() -> shortened.generate(List.of(prompt(4, new int[10])), GenerationSettings.greedy(5)))
                    .hasMessageContaining("row 4 has 10 prompt tokens")
                    .hasMessageContaining("max-length is 10");
            assertThatThrownBy(() -> shortened.generate(
                            List.of(prompt(0, 5)),
                            new GenerationSettings(5, Sampling.GREEDY, 1, 0, List.of("x"), false)))
                    .hasMessageContaining("no tokenizer");
        }
    }

    @Test
    void emptyWorkIsDoneAtOnce() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu())) {
            assertThat(generator(base).generate(List.of(), GenerationSettings.greedy(5)))
                    .isEmpty();
        }
    }
}
