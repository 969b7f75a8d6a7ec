package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.options.OptionsSpec;
import org.align4j.ppo.report.PpoReport;
import org.junit.jupiter.api.Test;

/** Which options of {@code align ppo} rescale which of its figures. */
class PpoScalesTest {
    private static final FigureScales SCALES = new PpoReport().scales();

    /** An option that nobody decided on would keep all runs that differ in it from being compared: decide in PpoScales. */
    @Test
    void everyOptionIsDecided() {
        TreeSet<String> options = new TreeSet<>(OptionsSpec.of(PpoOptions.class).names());
        assertThat(options).allMatch(SCALES::decides);
        assertThat(SCALES.rescaled().keySet()).containsExactlyInAnyOrderElementsOf(options);
    }

    /** What is taken off scores before they are reported rescales them; what weighs the divergence is in no score. */
    @Test
    void penaltiesRescaleScores() {
        for (String option : new String[] {
            "reward",
            "reward-weights",
            "missing-eos-penalty",
            "ensemble-penalty",
            "overlong-penalty",
            "reward-clip",
            "judge-rubric",
            "max-new-tokens",
            "temperature"
        }) {
            assertThat(SCALES.rescales(option, "score")).as(option).isTrue();
            assertThat(SCALES.rescales(option, "eval_objective/scores"))
                    .as(option)
                    .isTrue();
        }
        for (String option : new String[] {"kl-coefficient", "reward-normalization", "algorithm", "learning-rate"}) {
            assertThat(SCALES.rescales(option, "score")).as(option).isFalse();
        }
        assertThat(SCALES.rescales("kl-coefficient", "eval_objective/rlhf_reward"))
                .isTrue();
        assertThat(SCALES.rescales("eval-reward", "eval_judge/score")).isTrue();
        assertThat(SCALES.rescales("missing-eos-penalty", "eval_judge/score")).isFalse();
    }
}
