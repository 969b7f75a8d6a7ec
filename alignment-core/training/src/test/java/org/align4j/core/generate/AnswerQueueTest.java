package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.generate.AnswerQueue.Answering;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Piece;
import org.align4j.core.generate.AnswerQueue.QueueFull;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that come and go: each has its own settings, and its answer doesn't depend on the others. */
class AnswerQueueTest {
    private static final int MAX_LENGTH = 100;
    private static final int[] PROMPT = {5, 9, 7, 11, 4};
    private static final GenerationSettings GREEDY = new GenerationSettings(24, Sampling.GREEDY, 1, 0, List.of(), true);
    private static final Limits LIMITS = new Limits(100, 8, 1L << 24, Duration.ofSeconds(60));

    private static AnswerQueue queue(BaseModel base, Limits limits) {
        return new AnswerQueue(base, AnswerEnds.ofTokens(), longest(base), limits);
    }

    private static int longest(BaseModel base) {
        return Math.min(MAX_LENGTH, base.decoder().maxPositions());
    }

    private static Heard ask(AnswerQueue queue, Request request) {
        Heard heard = new Heard();
        queue.submit(request, heard);
        return heard;
    }

    private static int[] ids(AnswerQueue queue, Variant variant, int... prompt) throws Exception {
        return ask(queue, new Request(variant, prompt, GREEDY)).awaited().ids();
    }

    static List<String> families() {
        return TinyFamilies.names().toList();
    }

    /** Windows, chunks, caps, experts, learned positions and latent attention: layer by layer or in one kernel. */
    @ParameterizedTest
    @MethodSource("families")
    void everyFamilyAnswersAsTheGeneratorDoes(String family) throws Exception {
        SplittableRandom random = new SplittableRandom(2);
        List<PromptTokens> prompts = IntStream.range(0, 6)
                .mapToObj(row ->
                        new PromptTokens(row, random.ints(1 + 7 * row, 3, 170).toArray(), null))
                .toList();
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                AnswerQueue queue = queue(base, LIMITS)) {
            List<Heard> open = prompts.stream()
                    .map(prompt -> ask(queue, new Request(queue.base(), prompt.prompt(), GREEDY)))
                    .toList();
            List<Completion> closed =
                    new Generator(base, base, AnswerEnds.ofTokens(), longest(base)).generate(prompts, GREEDY);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(open.get(i).awaited().ids())
                        .as("%s, prompt %s", family, i)
                        .isEqualTo(closed.get(i).ids());
            }
        }
    }

    @Test
    void endingAVariantEndsItsRequestsWaitsForItsWeightsAndLeavesOthers() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy policy = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                AnswerQueue queue = queue(base, new Limits(100, 4, 1L << 24, Duration.ofSeconds(60)))) {
            AtomicBoolean unused = new AtomicBoolean();
            Variant variant = queue.add(policy.weights(), () -> unused.set(true));
            GenerationSettings longest = new GenerationSettings(90, Sampling.GREEDY, 1, 0, List.of(), true);
            List<Heard> its = IntStream.range(0, 12)
                    .mapToObj(i -> ask(queue, new Request(variant, PROMPT, longest)))
                    .toList();
            Heard other = ask(queue, new Request(queue.base(), PROMPT, GREEDY));
            variant.end();
            assertThat(unused).isTrue();
            assertThat(variant.isUnused()).isTrue();
            for (Heard heard : its) {
                assertThat(heard.awaited().reason()).isIn(EndReason.CANCELLED, EndReason.LENGTH);
            }
            assertThat(other.awaited().ids()).isEqualTo(ids(queue, queue.base(), PROMPT));
            assertThatThrownBy(() -> ask(queue, new Request(variant, PROMPT, GREEDY)))
                    .hasMessageContaining("closed");
            variant.end(); // once more does nothing
        }
    }

    @Test
    void tellsScoresOfAForwardOverPromptAndAnswer() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy policy = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                AnswerQueue queue = queue(base, LIMITS)) {
            Variant variant = queue.add(policy.weights(), () -> {});
            Heard heard = ask(queue, new Request(variant, PROMPT, GREEDY, AskedScores.ofAnswer(3), null));
            Ended answer = heard.awaited();
            PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(PROMPT, answer.ids())));
            double[] direct = policy.score(batch).logProbs(batch.span(0, 0));
            for (int t = 0; t < direct.length; t++) {
                Token token = answer.tokens().get(t);
                assertThat(token.scores().logProb()).isCloseTo(direct[t], within(1e-4));
                assertThat(token.scores().alternatives()).hasSize(3);
                assertThat(token.scores().alternatives().get(0).id()).isEqualTo(token.id());
                assertThat(token.scores().alternatives().get(1).logProb())
                        .isLessThanOrEqualTo(token.scores().logProb());
            }
            assertThat(heard.pieces.stream().flatMap(piece -> piece.tokens().stream()))
                    .containsExactlyElementsOf(answer.tokens());
            assertThat(answer.usage().promptTokens()).isEqualTo(PROMPT.length);
            assertThat(answer.usage().answerTokens()).isEqualTo(24);
            assertThat(answer.reason()).isEqualTo(EndReason.LENGTH);
        }
    }

    private static BaseModel load(Precision precision) {
        Path model = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
        return BaseModel.load(model, Families.decoder(model), Engine.cpu(), Holding.resident(precision));
    }

    /** What training multiplies in is no matter of a queue: its trial, fingerprints and answers are those of weights in bf16. */
    @Test
    void readsWeightsAsTheyAreStored() throws Exception {
        try (BaseModel half = load(Precision.of(Dtype.BF16));
                BaseModel mixed = load(new Precision(Dtype.BF16, Dtype.F32));
                Policy plain = Policy.fixed(half, TinyPolicies.adapter(half, 0));
                Policy over = Policy.fixed(mixed, TinyPolicies.adapter(mixed, 0));
                AnswerQueue one = queue(half, LIMITS);
                AnswerQueue other = queue(mixed, LIMITS)) {
            List<Variant> expected = List.of(one.base(), one.add(plain.weights(), () -> {}));
            List<Variant> found = List.of(other.base(), other.add(over.weights(), () -> {}));
            for (int i = 0; i < 2; i++) {
                assertThat(found.get(i).fingerprint()).isEqualTo(expected.get(i).fingerprint());
                Request right = new Request(expected.get(i), PROMPT, GREEDY, AskedScores.ofAnswer(1), null);
                Request request = new Request(found.get(i), PROMPT, GREEDY, AskedScores.ofAnswer(1), null);
                assertThat(ask(other, request).awaited().tokens())
                        .isEqualTo(ask(one, right).awaited().tokens());
            }
        }
    }

    @Test
    void drawsBySeedAlone() throws Exception {
        Sampling sampling = new Sampling(1.3, 0, 1);
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = queue(base, LIMITS)) {
            List<Heard> heard = IntStream.of(1, 2, 1, 3)
                    .mapToObj(seed -> ask(
                            queue,
                            new Request(
                                    queue.base(),
                                    PROMPT,
                                    new GenerationSettings(30, sampling, 1, seed, List.of(), true))))
                    .toList();
            assertThat(heard.get(0).awaited().ids())
                    .isEqualTo(heard.get(2).awaited().ids())
                    .isNotEqualTo(heard.get(1).awaited().ids());
            assertThat(heard.get(1).awaited().ids())
                    .isNotEqualTo(heard.get(3).awaited().ids());
        }
    }

    @Test
    void aStopTextEndsAnAnswerAndIsNamed() throws Exception {
        Path model = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
        try (BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
                Tokenizer tokenizer = Tokenizer.load(model);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.of(tokenizer), MAX_LENGTH, LIMITS)) {
            int[] prompt = tokenizer.encode("Where is the kite?", true);
            String free = ask(queue, new Request(queue.base(), prompt, GREEDY))
                    .awaited()
                    .text();
            String stop = free.substring(8, 11);
            Heard heard = ask(
                    queue,
                    new Request(
                            queue.base(),
                            prompt,
                            new GenerationSettings(24, Sampling.GREEDY, 1, 0, List.of("~~", stop), true)));
            Ended answer = heard.awaited();
            assertThat(answer.reason()).isEqualTo(EndReason.STOP);
            assertThat(answer.stop()).isEqualTo(stop);
            assertThat(answer.text()).isEqualTo(free.substring(0, free.indexOf(stop)));
            assertThat(heard.pieces.stream().map(Piece::text)).isNotEmpty();
            assertThat(String.join("", heard.pieces.stream().map(Piece::text).toList()))
                    .isEqualTo(answer.text());
        }
    }

    @Test
    void aCancelledAnswerLeavesRunningOrWaiting() throws Exception {
        Limits one = new Limits(100, 1, 1L << 24, Duration.ofSeconds(60));
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = queue(base, one)) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch cancelled = new CountDownLatch(1);
            Heard running = new Heard() {
                @Override
                public void piece(Piece piece) {
                    super.piece(piece);
                    begun.countDown();
                    await(cancelled);
                }
            };
            Answering first = queue.submit(new Request(queue.base(), PROMPT, settings(90)), running);
            Heard waiting = new Heard();
            Answering second = queue.submit(new Request(queue.base(), PROMPT, settings(90)), waiting);
            Heard last = ask(queue, new Request(queue.base(), PROMPT, GREEDY));
            begun.await();
            second.cancel();
            first.cancel();
            cancelled.countDown();
            assertThat(waiting.awaited().reason()).isEqualTo(EndReason.CANCELLED);
            assertThat(waiting.awaited().tokens()).isEmpty();
            assertThat(running.awaited().reason()).isIn(EndReason.CANCELLED, EndReason.LENGTH);
            assertThat(last.awaited().tokens()).hasSize(24);
        }
    }

    private static GenerationSettings settings(int tokens) {
        return new GenerationSettings(tokens, Sampling.GREEDY, 1, 0, List.of(), true);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aListenerThatThrowsOrStallsHarmsNoOther() throws Exception {
        Limits hasty = new Limits(100, 8, 1L << 24, Duration.ofMillis(20));
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = queue(base, hasty)) {
            int[] expected = ids(queue, queue.base(), PROMPT);
            CountDownLatch never = new CountDownLatch(1);
            Heard stalled = new Heard() {
                @Override
                public void piece(Piece piece) {
                    AnswerQueueTest.await(never);
                }
            };
            AtomicInteger thrown = new AtomicInteger();
            Heard throwing = new Heard() {
                @Override
                public void piece(Piece piece) {
                    thrown.incrementAndGet();
                    throw new IllegalStateException("the listener's own");
                }
            };
            GenerationSettings endless = settings(90);
            queue.submit(new Request(queue.base(), PROMPT, endless, AskedScores.ofAnswer(20), null), stalled);
            queue.submit(new Request(queue.base(), PROMPT, endless), throwing);
            List<Heard> others = new ArrayList<>();
            while (queue.load().running() > 0 || others.size() < 4) {
                others.add(ask(queue, new Request(queue.base(), PROMPT, GREEDY)));
                assertThat(others.get(others.size() - 1).awaited().ids()).isEqualTo(expected);
            }
            assertThat(stalled.awaited().reason()).isIn(EndReason.STALLED, EndReason.LENGTH);
            assertThat(thrown).hasValue(1);
        }
    }

    @Test
    void aFilterDecidesAndAFailingOneHarmsNoOther() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = queue(base, LIMITS)) {
            Heard failing = ask(queue, filtered(queue, new BitSet(), Integer.MAX_VALUE));
            BitSet two = new BitSet();
            two.set(7);
            two.set(8);
            Heard throwing = ask(queue, filtered(queue, two, 3));
            Heard filtered = ask(queue, filtered(queue, two, Integer.MAX_VALUE));
            Heard free = ask(queue, new Request(queue.base(), PROMPT, GREEDY));
            assertThat(filtered.awaited().ids()).hasSize(24).containsOnly(7, 8);
            assertThat(free.awaited().ids()).hasSize(24);
            assertThatThrownBy(failing::awaited).rootCause().hasMessageContaining("the filter allows no token");
            assertThatThrownBy(throwing::awaited).rootCause().hasMessageContaining("enough");
        }
    }

    private static Request filtered(AnswerQueue queue, BitSet allowed, int most) {
        return new Request(queue.base(), PROMPT, GREEDY, AskedScores.NOTHING, new TokenFilter() {
            private int taken;

            @Override
            public BitSet allowed() {
                return allowed;
            }

            @Override
            public void accept(int id) {
                if (++taken > most) {
                    throw new IllegalStateException("enough");
                }
            }
        });
    }

    @Test
    void staysWithinItsBounds() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32)) {
            long place = KeyValueCache.bytesPerPlace(base.decoder(), Dtype.F32);
            Limits small = new Limits(3, 4, 80 * place * Engine.usualThreads(), Duration.ofSeconds(60));
            try (AnswerQueue queue = queue(base, small)) {
                assertThatThrownBy(() -> ask(queue, new Request(queue.base(), new int[90], settings(1000))))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("64 places of the cache");
                assertThatThrownBy(() -> ask(queue, new Request(queue.base(), new int[] {5, -3}, GREEDY)))
                        .hasMessageContaining("token -3");
                List<Heard> taken = new ArrayList<>();
                int full = 0;
                for (int i = 0; i < 60; i++) {
                    try {
                        taken.add(ask(queue, new Request(queue.base(), PROMPT, settings(50))));
                    } catch (QueueFull refused) {
                        full++;
                    }
                    assertThat(queue.load().cacheBytes()).isLessThanOrEqualTo(small.cacheBytes());
                    assertThat(queue.load().running()).isLessThanOrEqualTo(4);
                }
                int[] expected = taken.get(0).awaited().ids();
                for (Heard heard : taken) {
                    assertThat(heard.awaited().ids()).isEqualTo(expected);
                }
                assertThat(full).isPositive();
            }
        }
    }

    @Test
    void adaptersOfAllKindsStandBesideEachOtherAndLeave() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy plain = Policy.fixed(base, TinyPolicies.adapter(base, 0))) {
            AnswerQueue queue = queue(base, LIMITS);
            Policy scaled = Policy.fixed(base, dora(base));
            AtomicInteger closed = new AtomicInteger();
            List<Variant> variants =
                    List.of(queue.base(), queue.add(plain.weights(), () -> {}), queue.add(scaled.weights(), () -> {
                        closed.incrementAndGet();
                        scaled.close();
                    }));
            List<int[]> alone = new ArrayList<>();
            for (Variant variant : variants) {
                assertThat(variant.exact()).isTrue();
                alone.add(ids(queue, variant, PROMPT));
            }
            assertThat(alone.get(1)).isNotEqualTo(alone.get(0));
            assertThat(alone.get(2)).isNotEqualTo(alone.get(0)).isNotEqualTo(alone.get(1));
            List<Heard> together = IntStream.range(0, 12)
                    .mapToObj(i -> ask(queue, new Request(variants.get(i % 3), PROMPT, GREEDY)))
                    .toList();
            variants.get(2).close();
            assertThatThrownBy(() -> ask(queue, new Request(variants.get(2), PROMPT, GREEDY)))
                    .hasMessageContaining("closed");
            for (int i = 0; i < together.size(); i++) {
                assertThat(together.get(i).awaited().ids()).isEqualTo(alone.get(i % 3));
            }
            queue.close();
            assertThat(closed).hasValue(1);
        }
    }

    private static AdapterValues dora(BaseModel base) {
        LoraOptions options = new LoraOptions(
                new LoraOptions.SizeOptions(4, 8, 0),
                "all-linear",
                LoraOptions.Variant.DORA,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        Random random = new Random(5);
        return TinyPolicies.adapter(base, options, () -> 0.1 * random.nextGaussian());
    }

    @Test
    void whatAPromptSharesWithAnotherIsReadOnce() throws Exception {
        int[] prompt = new SplittableRandom(4).ints(50, 3, 170).toArray();
        int[] other = prompt.clone();
        other[40] = 3;
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = queue(base, LIMITS)) {
            Ended first = ask(queue, new Request(queue.base(), prompt, GREEDY, AskedScores.ofAnswer(2), null))
                    .awaited();
            Ended again = ask(queue, new Request(queue.base(), prompt, GREEDY, AskedScores.ofAnswer(2), null))
                    .awaited();
            Ended partly = ask(queue, new Request(queue.base(), other, GREEDY)).awaited();
            assertThat(first.usage().reusedTokens()).isZero();
            assertThat(List.of(again.usage().reusedTokens(), partly.usage().reusedTokens()))
                    .allMatch(tokens -> tokens == 0 || tokens % PlacePool.BLOCK == 0)
                    .anyMatch(tokens -> tokens > 0);
            assertThat(again.tokens()).isEqualTo(first.tokens());
            try (AnswerQueue fresh = queue(base, LIMITS)) {
                assertThat(ids(fresh, fresh.base(), other)).isEqualTo(partly.ids());
            }
        }
    }

    @Test
    void closingEndsWhatRunsAndWaits() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32)) {
            AnswerQueue queue = queue(base, LIMITS);
            List<Heard> all = IntStream.range(0, 40)
                    .mapToObj(i -> ask(queue, new Request(queue.base(), PROMPT, settings(90))))
                    .toList();
            queue.close();
            for (Heard heard : all) {
                assertThat(heard.awaited().reason()).isIn(EndReason.CANCELLED, EndReason.LENGTH);
            }
            assertThat(Arrays.asList(all.get(39).awaited().reason())).containsOnly(EndReason.CANCELLED);
            assertThatThrownBy(() -> ask(queue, new Request(queue.base(), PROMPT, GREEDY)))
                    .hasMessageContaining("closed");
        }
    }
}
