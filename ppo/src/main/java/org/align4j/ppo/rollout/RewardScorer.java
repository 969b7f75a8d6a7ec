package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Suppliers;
import com.google.common.collect.Lists;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardFunction.Scored;
import org.align4j.core.reward.Rewards;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.ppo.RewardOptions;
import org.align4j.ppo.report.PpoFigures.RewardNames;
import org.align4j.ppo.rollout.Experience.Scores;

/**
 * Scores responses by one reward or a weighted sum of several: less a penalty where a response ran into its limit, then held
 * within bounds. A reward that throws, is late, or gives too few scores or one that isn't finite ends the run before anything
 * is applied, with the rows named.
 */
public final class RewardScorer implements AutoCloseable {
    private static final int ROWS_SHOWN = 16;
    private static final long POLL_MILLIS = 100;

    private final RewardOptions options;
    /** The members of ensembles one by one, as {@link #names} has them. */
    private final List<RewardFunction> rewards;

    private final List<String> names;
    /** Whether another process could open them. */
    private final boolean named;

    private RewardScorer(RewardOptions options, List<RewardFunction> rewards, boolean named) {
        this.options = options;
        this.rewards = rewards;
        this.names = members(options);
        this.named = named;
    }

    /** Has a reward that is a model asked, wherever that may be. */
    public interface Asker {
        /**
         * Scores responses by {@link #asked}.
         *
         * @param reward its place among the rewards
         */
        double[] scores(int reward, List<Completion> responses);
    }

    /**
     * Opens the rewards that the options name.
     *
     * @throws org.align4j.core.error.InputException where one is unknown or can't be opened
     */
    public static RewardScorer open(RewardOptions options, RewardContext context) {
        List<RewardFunction> rewards = new ArrayList<>();
        try {
            for (String given : options.sources().reward()) {
                List<String> members = EnsembleReward.members(given);
                rewards.addAll(Rewards.openAll(members, terms(options, members.get(0), context)));
            }
            return new RewardScorer(options, List.copyOf(rewards), true);
        } catch (RuntimeException | Error e) {
            Lists.reverse(rewards).forEach(RewardFunction::close);
            throw e;
        }
    }

    /**
     * Makes a judge of rewards at hand, which it closes.
     *
     * @param rewards as many as the options name, those of an ensemble one by one
     */
    public static RewardScorer of(RewardOptions options, RewardFunction... rewards) {
        return new RewardScorer(options, List.of(rewards), false);
    }

    /** Makes a judge for another process's responses, which opens a reward when it is first asked for it. */
    public static RewardScorer opening(RewardOptions options, RewardContext context) {
        List<RewardFunction> rewards = members(options).stream()
                .map(given -> (RewardFunction)
                        new Opened(Suppliers.memoize(() -> Rewards.open(given, terms(options, given, context)))))
                .toList();
        return new RewardScorer(options, rewards, true);
    }

    private static List<String> members(RewardOptions options) {
        return options.sources().reward().stream()
                .flatMap(given -> EnsembleReward.members(given).stream())
                .toList();
    }

    private static RewardContext terms(RewardOptions options, String given, RewardContext run) {
        Duration time = Duration.ofMillis(Math.round(options.seconds(given) * 1000));
        return run.with(new RewardContext.Terms(
                options.rewardKey(),
                time,
                run.terms().notes(),
                options.judge().judgeRubric(),
                options.judge().judgeKey()));
    }

    /** Says which run's directory what rewards keep goes to. */
    public void keepIn(Path run) {
        rewards.forEach(reward -> reward.keepIn(run));
    }

    private record Opened(Supplier<RewardFunction> reward) implements RewardFunction {
        @Override
        public double[] scores(List<Completion> responses) {
            return reward.get().scores(responses);
        }

        @Override
        public Scored scored(List<Completion> responses) {
            return reward.get().scored(responses);
        }
    }

    /**
     * Refuses prompts whose responses a reward can't score.
     *
     * @throws org.align4j.core.error.InputException saying what is missing
     */
    public void requirePrompts(List<PromptTokens> prompts) {
        rewards.forEach(reward -> reward.requirePrompts(prompts));
    }

    /**
     * Returns the scores of responses.
     *
     * @throws RunException where a reward fails
     */
    public Scores scores(List<Completion> responses) {
        return scores(responses, this::asked);
    }

    /**
     * The scores of responses, those of rewards that are models by way of {@code asker}.
     *
     * @throws RunException where a reward fails
     */
    public Scores scores(List<Completion> responses, Asker asker) {
        double[] sums = new double[responses.size()];
        double[] weights = options.weights();
        double[][] each = new double[options.sources().reward().size()][];
        int place = 0;
        Map<String, double[]> parts = new LinkedHashMap<>();
        for (int r = 0; r < each.length; r++) {
            int from = place;
            place += EnsembleReward.members(options.sources().reward().get(r)).size();
            Scored scored = checked(from, place, responses, asker);
            String name = RewardNames.of(options.sources().reward()).get(r);
            scored.parts().forEach((part, own) -> parts.put(name + "/" + part, own));
            each[r] = scored.scores();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += weights[r] * each[r][i];
            }
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] = bounded(sums[i] - penalty(responses.get(i)));
        }
        return Scores.of(sums, options.sources().reward(), each).with(parts);
    }

    private double penalty(Completion response) {
        Double penalty = options.shaping().missingEosPenalty();
        return penalty == null || response.finished() ? 0 : penalty;
    }

    private double bounded(double score) {
        Double bound = options.shaping().rewardClip();
        return bound == null ? score : Math.max(-bound, Math.min(bound, score));
    }

    /** The scores of one reward, which may be an ensemble: that of the members from one place up to another. */
    private Scored checked(int from, int to, List<Completion> responses, Asker asker) {
        List<Scored> members = IntStream.range(from, to)
                .mapToObj(place -> checked(place, responses, asker))
                .toList();
        return members.size() == 1 ? members.get(0) : EnsembleReward.combined(members, options.ensemblePenalty());
    }

    private Scored checked(int place, List<Completion> responses, Asker asker) {
        String name = names.get(place);
        RewardFunction reward = rewards.get(place);
        Scored scored = !reward.computesOnEngine()
                ? inTime(
                        name,
                        reward.keepsTime() ? Double.POSITIVE_INFINITY : options.seconds(name),
                        CompletableFuture.supplyAsync(() -> reward.scored(responses), RewardScorer::run),
                        responses)
                : new Scored(named ? asker.scores(place, responses) : asked(place, responses), Map.of());
        double[] scores = scored.scores();
        if (scores.length != responses.size()) {
            throw failure(name, format("gave %d scores for %d responses", scores.length, responses.size()), responses);
        }
        List<Completion> guilty = IntStream.range(0, scores.length)
                .filter(i -> !Double.isFinite(scores[i]))
                .mapToObj(responses::get)
                .toList();
        if (!guilty.isEmpty()) {
            throw failure(name, "gave a score that is not finite", guilty);
        }
        return scored;
    }

    /**
     * Scores responses by a reward on this thread.
     *
     * @param reward its place among the rewards
     * @throws RunException where it fails
     */
    public double[] asked(int reward, List<Completion> responses) {
        try {
            return rewards.get(reward).scores(responses);
        } catch (StoppedException | MemoryException notOfTheReward) {
            throw notOfTheReward;
        } catch (RuntimeException failed) {
            throw failure(names.get(reward), "failed: " + said(failed), responses);
        }
    }

    private static void run(Runnable work) {
        Thread thread = new Thread(work, "reward");
        thread.setDaemon(true);
        thread.start();
    }

    private Scored inTime(String name, double seconds, CompletableFuture<Scored> scores, List<Completion> responses) {
        long start = System.nanoTime();
        while (true) {
            StopSignal.throwIfStopped();
            try {
                return scores.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException waiting) {
                if (System.nanoTime() - start > seconds * 1e9) {
                    throw failure(name, format("gave no scores within reward-timeout (%s s)", seconds), responses);
                }
            } catch (ExecutionException e) {
                throw failure(name, "failed: " + said(e.getCause() == null ? e : e.getCause()), responses);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw failure(name, "was interrupted", responses);
            }
        }
    }

    private static String said(Throwable failed) {
        String message = failed.getMessage();
        return message == null ? failed.toString() : message.replaceFirst("\\.$", "");
    }

    private static RunException failure(String name, String problem, List<Completion> responses) {
        List<Integer> rows = responses.stream()
                .map(response -> response.prompt().row())
                .distinct()
                .toList();
        String shown = rows.stream().limit(ROWS_SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
        String more = rows.size() > ROWS_SHOWN ? format(" and %d more", rows.size() - ROWS_SHOWN) : "";
        return new RunException(format(
                "Reward %s %s (rows %s%s). Nothing of this step was applied; fix the reward and resume the run.",
                name, problem, shown, more));
    }

    @Override
    public void close() {
        Lists.reverse(rewards).forEach(RewardFunction::close);
    }
}
