package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.ppo.rollout.Layout.Passes;
import org.junit.jupiter.api.Test;

/** Two prompts of ten tokens with four responses of two tokens each. */
class LayoutTest {
    private static final List<Completion> RESPONSES = IntStream.range(0, 8)
            .mapToObj(i -> new Completion(
                    new PromptTokens(i / 4, prompt(i / 4), null), i % 4, new int[] {20 + i, 1}, null, true))
            .toList();

    private static int[] prompt(int row) {
        int[] prompt = new int[10];
        Arrays.fill(prompt, 3 + row);
        return prompt;
    }

    private static List<int[]> each() {
        return IntStream.range(0, 8).mapToObj(i -> new int[] {i}).toList();
    }

    /** 10 + 4 · 2 = 18 tokens a prompt: one forward holds a prompt with all its responses, two forwards hold all. */
    @Test
    void aSharedPromptCountsOnce() {
        List<Layout.Packed> forwards = new Layout(RESPONSES, 18, 0).forwards(each());
        assertThat(forwards).hasSize(2);
        assertThat(forwards.get(0).rollouts()).containsExactly(0, 1, 2, 3);
        assertThat(forwards.get(1).rollouts()).containsExactly(4, 5, 6, 7);
        assertThat(new Layout(RESPONSES, 72, 0).forwards(each())).hasSize(1);
        assertThat(new Layout(RESPONSES, 1, 0).forwards(each())).hasSize(8);
    }

    @Test
    void numbersGoThereAndBack() {
        Layout.Packed packed = new Layout(RESPONSES, 100, 0)
                .forwards(List.of(new int[] {5, 4}, new int[] {1, 3}))
                .get(0);
        assertThat(packed.rollouts()).containsExactly(5, 4, 1, 3);
        double[][] rows = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
        assertThat(packed.split(packed.join(rows))).isDeepEqualTo(rows);
        double[][] all = new double[8][];
        packed.put(rows, all);
        assertThat(all[3]).containsExactly(7, 8);
        assertThat(packed.of(all)).isDeepEqualTo(rows);
        for (int i = 0; i < 4; i++) {
            assertThat(packed.spans().get(i).length()).isEqualTo(2);
        }
    }

    /** Each pass takes each response once, prompts whole, in seeded orders that differ. */
    @Test
    void passesTakeEachResponseOnce() {
        List<List<int[]>> prompts = List.of(each().subList(0, 4), each().subList(4, 8));
        Passes passes = Passes.plan(new Layout(RESPONSES, 100, 0), prompts, 6, 2, 3);
        assertThat(passes.epochs()).hasSize(6);
        passes.epochs().forEach(epoch -> {
            assertThat(epoch).hasSize(2);
            assertThat(epoch.stream()
                            .flatMap(List::stream)
                            .flatMapToInt(forward -> Arrays.stream(forward.rollouts()))
                            .sorted())
                    .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(epoch.get(0).get(0).rollouts()).hasSize(4);
        });
        assertThat(passes.epochs().stream()
                        .map(epoch -> epoch.get(0).get(0).rollouts()[0])
                        .distinct())
                .containsExactlyInAnyOrder(0, 4);
        assertThat(Passes.plan(new Layout(RESPONSES, 100, 0), prompts, 6, 2, 3).first())
                .hasSameSizeAs(passes.first());
    }
}
