package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardFunction.Scored;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.session.ModelPlace;
import org.jspecify.annotations.Nullable;

/**
 * {@code ensemble:DIR+DIR+…}: several reward models, of which an answer gets the mean of their scores less their spread times {@code
 * --ensemble-penalty}, so that an answer on which they disagree isn't worth what one of them says (Coste et al. 2023, arXiv 2310.02743).
 * {@link RewardScorer} asks the members one by one.
 */
public final class EnsembleReward implements RewardSource {
    private static final String PREFIX = "ensemble:";

    @Override
    public String usage() {
        return PREFIX + "DIR+DIR";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(PREFIX);
    }

    @Override
    public void requireNew(String given, @Nullable String key) {
        List<String> members = members(given);
        if (members.size() < 2) {
            throw new InputException(format(
                    "reward is %s, an ensemble of one; give at least two reward models with + between them, or the model alone.",
                    Shortened.path(given)));
        }
        for (String member : members) {
            if (!ModelPlace.isModel(member)) {
                throw new InputException(format(
                        "reward is an ensemble with %s, which is no reward model's folder or org/name; write ensemble:DIR+DIR.",
                        member.isEmpty() ? "an empty name" : Shortened.path(member)));
            }
        }
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        throw new InputException(format(
                "reward is %s, which scores for a training alone; give its members one by one (reward:DIR).",
                Shortened.path(given)));
    }

    /** Returns the rewards that a value of {@code --reward} stands for: the members of an ensemble, any other reward itself. */
    public static List<String> members(String given) {
        return given.startsWith(PREFIX)
                ? Arrays.asList(given.substring(PREFIX.length()).split("\\+", -1))
                : List.of(given);
    }

    /** Returns a reward's name with each of its members named otherwise. */
    public static String joined(String given, List<String> members) {
        return given.startsWith(PREFIX) ? PREFIX + String.join("+", members) : members.get(0);
    }

    /**
     * Makes one score of those of the members.
     *
     * @param members at least two, of the same responses
     * @param penalty what a unit of spread is worth
     * @return the means less the penalties; its parts are {@code mean} and {@code spread}, the standard deviation (divided by one less than
     *     their number)
     */
    static Scored combined(List<Scored> members, double penalty) {
        int responses = members.get(0).scores().length;
        double[] means = IntStream.range(0, responses)
                .mapToDouble(i -> members.stream()
                        .mapToDouble(member -> member.scores()[i])
                        .average()
                        .orElseThrow())
                .toArray();
        double[] spreads = IntStream.range(0, responses)
                .mapToDouble(i -> Math.sqrt(members.stream()
                                .mapToDouble(member -> member.scores()[i] - means[i])
                                .map(apart -> apart * apart)
                                .sum()
                        / (members.size() - 1)))
                .toArray();
        double[] scores = IntStream.range(0, responses)
                .mapToDouble(i -> means[i] - penalty * spreads[i])
                .toArray();
        Map<String, double[]> parts = new LinkedHashMap<>();
        parts.put("mean", means);
        parts.put("spread", spreads);
        return new Scored(scores, parts);
    }
}
