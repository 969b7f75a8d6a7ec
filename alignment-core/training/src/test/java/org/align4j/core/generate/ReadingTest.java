package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A queue says of a text's tokens, to the bit, what it said of them when it wrote them, alone and in company. */
class ReadingTest {
    private static final Path MODEL = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
    private static final Limits LIMITS = new Limits(4000, 8, 1L << 28, Duration.ofSeconds(60));

    private static Heard ask(AnswerQueue queue, Request request) {
        Heard heard = new Heard();
        queue.submit(request, heard);
        return heard;
    }

    private static int[] whole(int[] prompt, Ended answer) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + answer.ids().length);
        System.arraycopy(answer.ids(), 0, ids, prompt.length, answer.ids().length);
        return ids;
    }

    /** Counts the answer's tokens that reading finds otherwise likely than writing did. */
    private static long unlike(int[] prompt, Ended written, PromptScores read) {
        return IntStream.range(0, written.tokens().size())
                .filter(t -> (float) written.tokens().get(t).scores().logProb() != read.logProbs()[prompt.length + t]
                        || !written.tokens()
                                .get(t)
                                .scores()
                                .alternatives()
                                .equals(read.alternatives().get(prompt.length + t)))
                .count();
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void saysWhatWritingSaid(Dtype dtype) throws Exception {
        SplittableRandom random = new SplittableRandom(4);
        try (BaseModel base = BaseModel.load(MODEL, Families.decoder(MODEL), dtype, Engine.cpu());
                Policy one = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 512, LIMITS)) {
            List<Variant> variants = List.of(queue.base(), queue.add(one.weights(), () -> {}));
            assertThat(variants).allMatch(Variant::exact);
            List<int[]> prompts = IntStream.range(0, 24)
                    .mapToObj(i -> random.ints(1 + random.nextInt(60), 5, 1500).toArray())
                    .toList();
            List<Heard> written = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                GenerationSettings settings =
                        new GenerationSettings(1 + 5 * i, new Sampling(1, 0, 1), 1, i, List.of(), true);
                written.add(ask(
                        queue,
                        new Request(variants.get(i % 2), prompts.get(i), settings, AskedScores.ofAnswer(3), null)));
            }
            List<Heard> read = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                int[] text = whole(prompts.get(i), written.get(i).awaited());
                read.add(ask(queue, Request.reading(variants.get(i % 2), text, AskedScores.ofPrompt(3))));
            }
            for (int i = 0; i < prompts.size(); i++) {
                Ended ended = read.get(i).awaited();
                assertThat(ended.tokens()).isEmpty();
                assertThat(ended.reason()).isEqualTo(EndReason.LENGTH);
                assertThat(ended.prompt().logProbs()[0]).isNaN();
                assertThat(unlike(prompts.get(i), written.get(i).awaited(), ended.prompt()))
                        .as("tokens of answer %s that differ", i)
                        .isZero();
            }
        }
    }

    static List<String> families() {
        return TinyFamilies.names().toList();
    }

    /** Windows, chunks, caps, experts and latent attention. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource("families")
    void saysSoInEveryFamily(String family) throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                AnswerQueue queue = new AnswerQueue(
                        base,
                        AnswerEnds.ofTokens(),
                        Math.min(100, base.decoder().maxPositions()),
                        LIMITS)) {
            for (int i = 0; i < 4; i++) {
                int[] prompt = random.ints(1 + 9 * i, 3, 170).toArray();
                GenerationSettings settings = new GenerationSettings(25, Sampling.GREEDY, 1, i, List.of(), true);
                Ended written = ask(queue, new Request(queue.base(), prompt, settings, AskedScores.ofAnswer(1), null))
                        .awaited();
                Ended read = ask(queue, Request.reading(queue.base(), whole(prompt, written), AskedScores.ofPrompt(1)))
                        .awaited();
                // Positions of a longrope text all change where it grows long: what was written before is read
                // otherwise.
                if (queue.base().exact() && base.decoder().lengthBoundary() == 0) {
                    assertThat(unlike(prompt, written, read.prompt()))
                            .as(family)
                            .isZero();
                }
            }
        }
    }

    @Test
    void tellsTokensThatMightHaveFollowed() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            int[] prompt = {5, 9, 7, 11, 4};
            int[][] following = {{9}, {}, {11, 3}, {4}, {8, 9, 10}};
            AskedScores all = new AskedScores(AskedScores.NONE, 2, following);
            PromptScores told = ask(queue, Request.reading(queue.base(), prompt, all))
                    .awaited()
                    .prompt();
            assertThat(told.following()[0]).containsExactly(told.logProbs()[1]);
            assertThat(told.following()[1]).isEmpty();
            assertThat(told.following()[2][0]).isEqualTo(told.logProbs()[3]);
            assertThat(told.following()[3]).containsExactly(told.logProbs()[4]);
            assertThat(told.following()[4]).hasSize(3).doesNotContain(0f);
            assertThat(told.alternatives()).hasSize(5);
            assertThat(told.alternatives().get(0)).isEmpty();
            assertThat(told.alternatives().get(1)).hasSize(2);
            assertThatThrownBy(() -> ask(
                            queue, Request.reading(queue.base(), prompt, AskedScores.ofFollowing(new int[][] {{1}}))))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("a list for each token");
            assertThatThrownBy(() -> AskedScores.ofPrompt(21)).hasMessageContaining("from 0 to 20");
        }
    }

    @Test
    void endsAtStopTokens() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            int[] prompt = {5, 9, 7, 11, 4};
            GenerationSettings settings = new GenerationSettings(30, new Sampling(1.2, 0, 1), 1, 3, List.of(), true);
            Ended free = ask(queue, new Request(queue.base(), prompt, settings)).awaited();
            int stop = free.ids()[7];
            int first = IntStream.of(free.ids()).boxed().toList().indexOf(stop);
            Ended stopped = ask(
                            queue, new Request(queue.base(), prompt, settings, AskedScores.NOTHING, null, stop, 999))
                    .awaited();
            assertThat(stopped.reason()).isEqualTo(EndReason.STOP);
            assertThat(stopped.ids()).isEqualTo(Arrays.copyOf(free.ids(), first + 1));
            assertThat(stopped.stop()).isNull();
        }
    }

    private static AdapterValues withHead(BaseModel base) {
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(3, 10, 0),
                "q_proj,down_proj,lm_head",
                LoraOptions.Variant.PLAIN,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        SplittableRandom random = new SplittableRandom(5);
        return TinyPolicies.adapter(base, options, () -> 0.2 * random.nextDouble(-1, 1));
    }

    /** A pair on the head is added to the rows of its own adapter alone, in the pass of all. */
    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void adaptersOfTheHeadJoinOthers(Dtype dtype) throws Exception {
        SplittableRandom random = new SplittableRandom(6);
        try (BaseModel base = TinyPolicies.base("llama", dtype);
                Policy plain = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                Policy headed = Policy.fixed(base, withHead(base));
                Scope scope = base.engine().open();
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            QueueVariant.Pairs pairs = new QueueStep(scope, base).pairs(headed.weights());
            assertThat(pairs).isNotNull();
            assertThat(pairs.head()).isNotNull();
            pairs.scope().close();
            List<Policy> policies = List.of(plain, headed);
            List<Variant> variants = policies.stream()
                    .map(one -> queue.add(one.weights(), () -> {}))
                    .toList();
            assertThat(dtype == Dtype.BF16 || variants.stream().allMatch(Variant::exact))
                    .isTrue();
            List<int[]> prompts = IntStream.range(0, 12)
                    .mapToObj(i -> random.ints(3 + 2 * i, 3, 170).toArray())
                    .toList();
            List<Heard> written = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                GenerationSettings settings = new GenerationSettings(20, new Sampling(1, 0, 1), 1, i, List.of(), true);
                written.add(ask(
                        queue,
                        new Request(variants.get(i % 2), prompts.get(i), settings, AskedScores.ofAnswer(2), null)));
            }
            for (int i = 0; i < prompts.size(); i++) {
                Ended answer = written.get(i).awaited();
                int[] text = whole(prompts.get(i), answer);
                PromptScores read = ask(queue, Request.reading(variants.get(i % 2), text, AskedScores.ofPrompt(2)))
                        .awaited()
                        .prompt();
                assertThat(!variants.get(i % 2).exact() || unlike(prompts.get(i), answer, read) == 0)
                        .isTrue();
                PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(prompts.get(i), answer.ids())));
                double[] direct = policies.get(i % 2).score(batch).logProbs(batch.span(0, 0));
                // In bf16 a queue keeps the sum of its layers in bf16, a training's forward in fp32: their roundings
                // have nothing in common.
                for (int t = 0; t < direct.length; t++) {
                    assertThat(answer.tokens().get(t).scores().logProb())
                            .isCloseTo(direct[t], within(dtype == Dtype.F32 ? 1e-4 : 0.7));
                }
            }
        }
    }

    /** A chat that goes on finds what its last answer wrote, and says what it would say had it read all. */
    @Test
    void whatAnAnswerWroteIsNotReadAgain() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS);
                AnswerQueue fresh = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            int[] prompt = {5, 9, 7, 11, 4};
            GenerationSettings settings = new GenerationSettings(40, Sampling.GREEDY, 1, 0, List.of(), true);
            int most = 0;
            for (int i = 0; i < 4; i++) {
                Ended first =
                        ask(queue, new Request(queue.base(), prompt, settings)).awaited();
                int[] longer = Arrays.copyOf(whole(prompt, first), 46);
                longer[45] = 3 + i;
                Request next = new Request(queue.base(), longer, settings, AskedScores.ofAnswer(2), null);
                Ended second = ask(queue, next).awaited();
                most = Math.max(most, second.usage().reusedTokens());
                Ended again = ask(fresh, new Request(fresh.base(), longer, settings, AskedScores.ofAnswer(2), null))
                        .awaited();
                assertThat(second.tokens()).isEqualTo(again.tokens());
            }
            // The answer's last token was never read: 44 of the text's tokens were, two whole blocks of them.
            assertThat(most).isEqualTo(32);
        }
    }
}
