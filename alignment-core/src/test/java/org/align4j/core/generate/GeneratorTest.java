package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.reference.BuiltFamilies;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Answers of tiny models: as transformers gives them, whatever the batch is, and the same for the same seed. */
class GeneratorTest {
    private static final int MAX_LENGTH = 100;

    private static Path tinyLlama() {
        Path copy = Path.of("src", "test", "resources", "reference", "families", "llama");
        Path model = Files.isDirectory(copy)
                ? copy
                : ReferenceFolder.shared()
                        .resolve("reference")
                        .resolve("families")
                        .resolve("llama");
        Assumptions.assumeTrue(Files.isDirectory(model), "no tiny model");
        return model;
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
        return ReferenceFolder.of("families")
                .folders("expected.json", name -> !name.endsWith("reward"), (reference, comparisons) -> {
                    BuiltFamilies.require(reference.file("config.json"), comparisons);
                    int[] ids =
                            Comparisons.ints(reference.content().path("greedy").path("prompt_ids"));
                    int[] expected =
                            Comparisons.ints(reference.content().path("greedy").path("continuation_ids"));
                    try (BaseModel base = BaseModel.load(
                            reference.path(), Families.decoder(reference.path()), Dtype.F32, Engine.cpu())) {
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

    /** Every greedy token is the likeliest by the scoring path, which has no cache. */
    @Test
    void cachedEqualsUncached() {
        try (BaseModel base = BaseModel.load(tinyLlama(), Families.decoder(tinyLlama()), Dtype.F32, Engine.cpu());
                Policy policy = Policy.frozen(base)) {
            for (Completion answer : generator(base).generate(prompts(9), GenerationSettings.greedy(30))) {
                PackedBatch packed =
                        PackedBatch.of(List.of(TokenTree.of(answer.prompt().prompt(), answer.ids())));
                assertThat(policy.score(packed).hits()).containsOnly(1);
                assertThat(answer.ids()).hasSize(30);
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
            assertThat(ended.ids()).isEqualTo(Arrays.copyOf(free, first + 1));
            GenerationSettings ignoring = new GenerationSettings(12, Sampling.GREEDY, 1, 0, List.of(), true);
            Completion whole = generator(base, end).generate(prompts, ignoring).get(0);
            assertThat(whole.ids()).isEqualTo(free);
            assertThat(whole.finished()).isFalse();
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
