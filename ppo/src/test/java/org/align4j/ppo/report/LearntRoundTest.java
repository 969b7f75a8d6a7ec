package org.align4j.ppo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.report.ShownPrompt;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearntRoundTest {
    @TempDir
    Path run;

    private void steps(int from, int to) throws IOException {
        for (int step = from; step <= to; step++) {
            LearntRound round = new LearntRound(
                    step,
                    8,
                    List.of(new LearntRound.Learnt(
                            0, new ShownPrompt("p", null), "a" + step, Map.of("length", 2.0), 2, null)));
            if (round.stays()) {
                round.addTo(run);
            }
        }
    }

    private List<Integer> kept() throws IOException {
        return LearntRound.read(run).stream().map(LearntRound::step).toList();
    }

    /** 32 steps are all kept, of 33 to 64 every second one, of 100 every fourth. */
    @Test
    void aLongRunKeepsNoMore() throws IOException {
        steps(1, 32);
        assertThat(kept()).hasSize(32);
        steps(33, 64);
        assertThat(kept()).hasSize(32).startsWith(2, 4, 6).endsWith(62, 64);
        steps(65, 100);
        assertThat(kept()).hasSize(25).startsWith(4, 8).endsWith(96, 100);
    }

    @Test
    void aResumedRunGivesItsLaterStepsAnew() throws IOException {
        steps(1, 6);
        steps(4, 5);
        assertThat(kept()).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void rewardsHaveShortNamesOfTheirOwn() {
        assertThat(RewardNames.of(List.of(
                        "length",
                        "lexicon:a.txt",
                        "lexicon:b.txt",
                        "org.example.Vowels",
                        "runs/rm",
                        "org/name",
                        "https://host:80/x",
                        "C:\\models\\rm")))
                .containsExactly("length", "lexicon", "lexicon-2", "Vowels", "rm", "name", "host", "rm-2");
    }
}
