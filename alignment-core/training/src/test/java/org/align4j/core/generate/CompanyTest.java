package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.family.Families;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Variant;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TinyPolicies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An answer is the same in any company as alone, and so is each bit of its log-probabilities, which other products would change long before
 * another token came: {@code -Dalign4j.soak=true} asks 2,000 times, else it is {@value #USUAL}.
 */
class CompanyTest {
    private static final int USUAL = 100;
    private static final int TOKENS = 64;
    private static final Path MODEL = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    private static int requests() {
        return Boolean.getBoolean("align4j.soak") ? 2000 : USUAL;
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void changesNoBit(Dtype dtype) throws Exception {
        try (BaseModel base = BaseModel.load(MODEL, Families.decoder(MODEL), dtype, Engine.cpu());
                Policy one = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                Policy two = Policy.fixed(base, TinyPolicies.adapter(base, 0));
                AnswerQueue queue = queue(base, 24);
                AnswerQueue alone = queue(base, 1)) {
            List<Variant> variants =
                    List.of(queue.base(), queue.add(one.weights(), () -> {}), queue.add(two.weights(), () -> {}));
            List<Variant> lonely =
                    List.of(alone.base(), alone.add(one.weights(), () -> {}), alone.add(two.weights(), () -> {}));
            assertThat(variants).allMatch(Variant::exact);
            List<int[]> prompts = prompts(requests());
            List<Heard> heard = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                heard.add(new Heard());
                queue.submit(request(variants.get(i % 3), prompts.get(i), i), heard.get(i));
                if (i % 7 == 0) {
                    heard.get(i / 2).awaited();
                }
            }
            int different = 0;
            for (int i = 0; i < prompts.size(); i++) {
                Heard own = new Heard();
                alone.submit(request(lonely.get(i % 3), prompts.get(i), i), own);
                boolean same =
                        own.awaited().tokens().equals(heard.get(i).awaited().tokens());
                different += same ? 0 : 1;
            }
            assertThat(different).as("answers that differ").isZero();
            assertThat(alone.drafts().kept())
                    .as("guessed tokens that were kept")
                    .isPositive();
        }
    }

    private static AnswerQueue queue(BaseModel base, int running) {
        return new AnswerQueue(
                base, AnswerEnds.ofTokens(2), 512, new Limits(4000, running, 1L << 28, Duration.ofSeconds(60)));
    }

    /** Every fourth one draws, for company; its draws are the same alone too. Every fifth asks for no log-probabilities. */
    private static Request request(Variant variant, int[] prompt, int i) {
        Sampling sampling = i % 4 == 3 ? new Sampling(0.8, 20, 0.9) : Sampling.GREEDY;
        int tokens = 1 + (TOKENS + 37 * i) % TOKENS;
        int alternatives = i % 5 == 4 ? AskedScores.NONE : i % 3;
        GenerationSettings settings = new GenerationSettings(tokens, sampling, 1, i, List.of(), i % 2 == 0);
        return new Request(variant, prompt, settings, AskedScores.ofAnswer(alternatives), null);
    }

    /** Prompts of all lengths, many of which begin alike. */
    private static List<int[]> prompts(int count) {
        SplittableRandom random = new SplittableRandom(11);
        int[] common = random.ints(150, 5, 1500).toArray();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int shared = i % 3 == 0 ? 0 : random.nextInt(common.length);
            int[] own = random.ints(1 + random.nextInt(60), 5, 1500).toArray();
            int[] all = java.util.Arrays.copyOf(common, shared + own.length);
            System.arraycopy(own, 0, all, shared, own.length);
            prompts.add(all);
        }
        return prompts;
    }
}
