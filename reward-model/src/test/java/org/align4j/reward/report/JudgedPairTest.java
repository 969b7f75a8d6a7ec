package org.align4j.reward.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.reward.report.ScoreJudgement.JudgedPairs.JudgedPair;
import org.junit.jupiter.api.Test;

class JudgedPairTest {
    @Test
    void differencesAreTheChosenAnswersLessTheOthers() {
        JudgedPair pair = new JudgedPair(0, 0, 1.5, 2, 12, 5, 0, null);
        assertThat(pair.margin()).isEqualTo(-0.5);
        assertThat(pair.lengthDifference()).isEqualTo(7);
    }
}
