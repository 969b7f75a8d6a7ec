package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code align ppo} with fewer prompts than a step takes. */
class FewPromptsTest {
    @TempDir
    Path folder;

    /** Keeps what it was given. */
    public static final class Tally implements RewardFunction {
        private static final List<List<Completion>> STEPS = new ArrayList<>();

        @Override
        public double[] scores(List<Completion> responses) {
            STEPS.add(List.copyOf(responses));
            return new Vowels().scores(responses);
        }
    }

    /** Twelve prompts and twenty groups: eight prompts have two, four have one. */
    @ParameterizedTest
    @CsvSource({"ppo, 1, 20", "rloo, 2, 40"})
    void aStepAnswersThemSeveralTimes(String algorithm, int samples, String rollouts) throws IOException {
        Tally.STEPS.clear();
        String log = run(
                "--algorithm",
                algorithm,
                "--samples-per-prompt",
                String.valueOf(samples),
                "--rollouts-per-step",
                rollouts);
        assertThat(log)
                .contains(
                        "there are 12 prompts", rollouts + " rollouts per step, " + samples + " to a prompt, take 20");
        assertThat(Tally.STEPS).hasSize(2);
        for (List<Completion> step : Tally.STEPS) {
            Map<Integer, List<String>> drawn = step.stream()
                    .collect(Collectors.groupingBy(
                            response -> response.prompt().row(),
                            Collectors.mapping(response -> Arrays.toString(response.ids()), Collectors.toList())));
            assertThat(drawn.values().stream().map(List::size).sorted())
                    .containsExactlyElementsOf(IntStream.range(0, 12)
                            .mapToObj(i -> i < 4 ? samples : 2 * samples)
                            .toList());
            assertThat(drawn.values()).allSatisfy(all -> assertThat(all).doesNotHaveDuplicates());
            IntStream.range(0, step.size())
                    .forEach(i -> assertThat(step.get(i).prompt())
                            .isEqualTo(step.get(i / samples * samples).prompt()));
        }
    }

    @Test
    void enoughPromptsAreAnsweredOnceAndNothingIsSaid() throws IOException {
        Tally.STEPS.clear();
        assertThat(run("--rollouts-per-step", "12")).doesNotContain("several times");
        assertThat(Tally.STEPS.get(0))
                .extracting(response -> response.prompt().row())
                .doesNotHaveDuplicates();
    }

    private String run(String... options) throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        return AlignRuns.ends(
                0, runs.words("run", AlignRuns.concat(options, "--reward", Tally.class.getName(), "--max-steps", "2")));
    }
}
