package org.align4j.core.modelcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.modelcheck.PairLikelihood.Side;
import org.junit.jupiter.api.Test;

/**
 * Answers of round numbers. One of 4 tokens, −8 nats and an entropy of 6 has −2 nats per token and lies (8 − 6) / 4 = 0.5 below what the model
 * writes; one of 2 tokens, −3 and 3 has −1.5 and no surprise. Together: 2 nats over 6 tokens, a third.
 */
class PolicyDistanceTest {
    private static final Side STRANGE = new Side(4, -8, 6, -10);
    private static final Side OWN = new Side(2, -3, 3, -4);

    @Test
    void surpriseIsWhatAnAnswerLiesBelowTheModelsOwn() {
        PairLikelihood pair = new PairLikelihood(7, STRANGE, OWN);
        assertThat(STRANGE.perToken()).isEqualTo(-2);
        assertThat(STRANGE.surprise()).isEqualTo(0.5);
        assertThat(OWN.surprise()).isZero();
        assertThat(pair.surprise()).isEqualTo(1 / 3.0, within(1e-12));
    }

    @Test
    void theImpliedRewardIsWhatTrainingRaised() {
        assertThat(new PairLikelihood(7, STRANGE, OWN).margin()).isEqualTo(2 - 1);
        assertThat(new PairLikelihood(7, OWN, STRANGE).margin()).isEqualTo(1 - 2);
    }

    @Test
    void strangeAnswersAreCountedAndNamedAndShortOnesAreLikelier() {
        List<PairLikelihood> read = new ArrayList<>();
        for (int row = 0; row < 40; row++) {
            read.add(row < 30 ? new PairLikelihood(row, STRANGE, STRANGE) : new PairLikelihood(row, STRANGE, OWN));
        }
        for (int row = 40; row < 50; row++) {
            read.add(new PairLikelihood(row, OWN, OWN));
        }
        Finding finding = new PolicyDistance(read).finding(500);
        assertThat(finding.count()).isEqualTo(30);
        assertThat(finding.rows()).isEqualTo(50);
        assertThat(finding.level()).isEqualTo(Level.AMBER);
        assertThat(finding.advice()).contains("60 %").contains("align sft");
        assertThat(finding.sightings()).extracting(Sighting::row).startsWith(0).endsWith(29);
        assertThat(finding.removable()).isEmpty();
        assertThat(finding.figures()).containsEntry("pairs", 500).containsEntry("sampled", 50);
        assertThat(rate(finding, "chosen_likelier")).isEqualTo(0.0);
        assertThat(finding.figures().get("answers").toString())
                .as("40 of 50 chosen at −2, 10 at −1.5")
                .contains("answer=chosen, log_prob_per_token=-1.9")
                .contains("surprise=0.4");
    }

    @Test
    void ofOwnAnswersNothingIsSaid() {
        Finding finding = new PolicyDistance(
                        List.of(new PairLikelihood(3, OWN, STRANGE), new PairLikelihood(4, OWN, OWN)))
                .finding(2);
        assertThat(finding.level()).as("a third of a nat is near").isEqualTo(Level.GREEN);
        assertThat(finding.advice()).isEmpty();
        assertThat(rate(finding, "chosen_likelier")).isEqualTo(0.5);
        assertThat(rate(finding, "chosen_likelier_per_token")).isEqualTo(0.5);
    }

    private static Object rate(Finding finding, String name) {
        return ((Map<?, ?>) finding.figures().get(name)).get("rate");
    }
}
