package org.align4j.ppo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/**
 * Two episodes of one prompt. The first has turns of 2 and 1 tokens with rewards 0 and 1, the second one turn of 3 tokens with reward −1. Their three
 * rewards have mean 0 and squares 2, so that the unbiased variance is 2 / 2 = 1. With a spread of 1 the rewards stay 0, 1 and −1: the first turn is
 * credited with 0 + 1, the second with 1, the only turn of the other episode with −1.
 */
class TurnCreditTest {
    private static final double[][] REWARDS = {{0, 1}, {-1}};
    private static final int[][] LENGTHS = {{2, 1}, {3}};

    @Test
    void aTurnIsCreditedWithItsOwnRewardAndThoseOfLaterTurns() {
        double[][] unscaled = TurnCredit.perToken(GroupBaseline.UNSCALED, REWARDS, LENGTHS, 2);
        assertThat(unscaled[0]).containsExactly(1, 1, 1);
        assertThat(unscaled[1]).containsExactly(-1, -1, -1);
        double[][] late = TurnCredit.perToken(GroupBaseline.UNSCALED, new double[][] {{3, 0}, {0}}, LENGTHS, 2);
        assertThat(late[0]).containsExactly(1, 1, -1);
        assertThat(late[1]).containsExactly(-1, -1, -1);
        double[][] scaled = TurnCredit.perToken(GroupBaseline.GROUP_SCALED, REWARDS, LENGTHS, 2);
        assertThat(scaled[0]).containsExactly(new double[] {1 / 1.0001, 1 / 1.0001, 1 / 1.0001}, within(1e-12));
    }

    /** The second group's rewards are 5 and 5: nothing is left of them. */
    @Test
    void groupsAreComparedByThemselves() {
        double[][] rewards = {{0, 1}, {-1}, {5}, {5}};
        int[][] lengths = {{2, 1}, {3}, {1}, {2}};
        double[][] tokens = TurnCredit.perToken(GroupBaseline.UNSCALED, rewards, lengths, 2);
        assertThat(tokens[0]).containsExactly(1, 1, 1);
        assertThat(tokens[2]).containsExactly(0);
        assertThat(tokens[3]).containsExactly(0, 0);
    }

    /** With one turn each, a turn is the response. */
    @Test
    void oneTurnIsTheResponse() {
        double[][] rewards = {{1}, {2}, {4}, {0}, {0}, {1}};
        int[][] lengths = {{1}, {2}, {1}, {3}, {1}, {1}};
        double[][] turns = TurnCredit.perToken(GroupBaseline.GROUP_SCALED, rewards, lengths, 3);
        double[][] responses = GroupBaseline.GROUP_SCALED.advantages(new double[][] {{1, 2, 4}, {0, 0, 1}});
        for (int i = 0; i < 6; i++) {
            assertThat(turns[i]).hasSize(lengths[i][0]).containsOnly(responses[i / 3][i % 3]);
        }
    }

    /** β 0.1 and divergences of 1 nat a token: −0.1 each, and the turns' rewards at the tokens that end them. */
    @Test
    void aTurnsRewardCountsAtItsLastToken() {
        double[][] kl = {{1, 1, 1}, {1, 1, 1}};
        double[][] rewards = TokenRewards.ofTurns(kl, REWARDS, LENGTHS, 0.1);
        assertThat(rewards[0]).containsExactly(new double[] {-0.1, -0.1, 0.9}, within(1e-15));
        assertThat(rewards[1]).containsExactly(new double[] {-0.1, -0.1, -1.1}, within(1e-15));
    }
}
