package org.align4j.ppo;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.EnvironmentHost;
import org.align4j.core.environment.EnvironmentHost.Answer;
import org.align4j.core.environment.EnvironmentHost.Opening;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Completion.EndReason;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.ppo.EnvironmentOptions.EnvironmentPlan;
import org.align4j.ppo.PpoPlan.RolloutPlan;
import org.align4j.ppo.rollout.Episode;
import org.align4j.ppo.rollout.Episode.Ending;
import org.align4j.ppo.rollout.EpisodeLog;
import org.align4j.ppo.rollout.TurnTokens;
import org.jspecify.annotations.Nullable;

/**
 * Plays episodes in waves: the k-th turns of all living episodes are drawn together, in the order of the prompts, then the environments
 * answer side by side, and the next wave begins when each has answered or failed. So what is drawn doesn't depend on the clock.
 *
 * @param forwards draw turns with the policy as it is
 * @param limits of an episode
 * @param host the episodes' environments
 * @param log takes what was said, before anything is made of it
 */
record Waves(
        PpoForwards forwards,
        RolloutPlan rollouts,
        EnvironmentPlan limits,
        EnvironmentHost host,
        TurnTokens tokens,
        EpisodeLog log) {
    /** An environment's seed has 31 bits, which every language's whole numbers hold. */
    private static final int SEED_SHIFT = 33;

    /** Steps' seeds are mixed, so that odd multiples of this don't meet another step's. */
    private static final long APART = 0x9E3779B97F4A7C15L;

    /** An episode on its way. */
    private static final class Playing {
        private final int place;
        private final String name;
        private final int sample;
        private final List<Episode.Turn> turns = new ArrayList<>();
        private PromptTokens prompt;
        private int[] context;
        private @Nullable Ending ending;
        private @Nullable String error;

        Playing(int place, String name, PromptTokens prompt, int sample) {
            this.place = place;
            this.name = name;
            this.sample = sample;
            this.prompt = prompt;
            this.context = prompt.prompt();
        }

        /** The context as a prompt, whose number distinguishes the draws of this episode from those of others. */
        PromptTokens asked() {
            return new PromptTokens(place, context, null);
        }

        EpisodeLog.Line line(int turn, @Nullable String action, Answer answer) {
            return new EpisodeLog.Line(place, prompt.row(), sample, turn, action, answer);
        }

        Episode episode() {
            return new Episode(prompt, sample, turns, ending == null ? Ending.TURNS : ending, error);
        }
    }

    /**
     * Plays episodes to prompts, {@code samples} to each.
     *
     * @param seed decides with an episode's place and turn what is drawn, and with the prompt's place what its environments draw
     * @param round names the episodes and the log's lines
     */
    List<Episode> play(List<PromptTokens> prompts, int samples, long seed, EpisodeLog.Round round) {
        List<Playing> all = new ArrayList<>();
        List<Opening> openings = new ArrayList<>();
        for (int p = 0; p < prompts.size(); p++) {
            for (int s = 0; s < samples; s++) {
                Playing playing = new Playing(all.size(), round.name() + "-" + all.size(), prompts.get(p), s);
                openings.add(new Opening(playing.name, prompts.get(p), mixed(seed, p) >>> SEED_SHIFT));
                all.add(playing);
            }
        }
        try {
            begin(all, host.reset(openings), round);
            for (int turn = 1; turn <= limits.maxTurns(); turn++) {
                wave(all, turn, seed, round);
            }
            return all.stream().map(Playing::episode).toList();
        } finally {
            host.end(all.stream().map(playing -> playing.name).toList());
        }
    }

    private static long mixed(long seed, long place) {
        return new SplittableRandom(seed + APART * place).nextLong();
    }

    private void begin(List<Playing> all, List<Answer> answers, EpisodeLog.Round round) {
        for (Playing playing : all) {
            Answer answer = answers.get(playing.place);
            log.add(round, playing.line(0, null, answer));
            PromptTokens prompt = tokens.added(playing.prompt, answer.observation());
            if (answer.error() != null) {
                playing.error = answer.error();
            } else if (!fits(prompt.tokens(), prompt)) {
                playing.error = "began with an observation that leaves no room for a turn within max-length";
            } else {
                playing.prompt = prompt;
                playing.context = prompt.prompt();
            }
        }
        log.flush();
    }

    private void wave(List<Playing> all, int turn, long seed, EpisodeLog.Round round) {
        List<Playing> living = all.stream().filter(each -> each.ending == null).toList();
        if (living.isEmpty()) {
            return;
        }
        List<Completion> drawn = draw(living, mixed(seed, -turn));
        List<Answer> answers = answered(living, drawn);
        for (int i = 0; i < living.size(); i++) {
            log.add(round, living.get(i).line(turn, action(drawn.get(i)), answers.get(i)));
        }
        log.flush();
        for (int i = 0; i < living.size(); i++) {
            take(living.get(i), drawn.get(i), answers.get(i), turn);
        }
    }

    private List<Completion> draw(List<Playing> living, long seed) {
        GenerationSettings settings = rollouts.drawing().settings(1, seed);
        List<PromptTokens> contexts = living.stream().map(Playing::asked).toList();
        List<PromptBatch> batches = PromptBatch.of(contexts, settings, rollouts.generationBatch());
        return forwards.policy().take(forwards.answers(), batches).stream()
                .flatMap(answers -> answers.completions().stream())
                .toList();
    }

    /** Has the environments answer, but for those that failed when they began. */
    private List<Answer> answered(List<Playing> living, List<Completion> drawn) {
        List<EnvironmentHost.Turn> turns = new ArrayList<>();
        for (int i = 0; i < living.size(); i++) {
            if (living.get(i).error == null) {
                turns.add(new EnvironmentHost.Turn(living.get(i).name, action(drawn.get(i))));
            }
        }
        Iterator<Answer> answers = (turns.isEmpty() ? List.<Answer>of() : host.step(turns)).iterator();
        return living.stream()
                .map(each -> each.error == null ? answers.next() : Answer.failed(each.error))
                .toList();
    }

    private static String action(Completion drawn) {
        return String.valueOf(drawn.text());
    }

    private void take(Playing playing, Completion drawn, Answer answer, int turn) {
        playing.error = answer.error();
        playing.ending = ending(drawn, answer, turn);
        int[] said = TurnTokens.join(playing.context, drawn.ids());
        int[] between = {};
        if (playing.ending == null) {
            boolean ended = drawn.endReason() == EndReason.END;
            between = tokens.between(playing.prompt.prompt(), answer.role(), answer.observation(), ended);
            if (!fits(said.length + between.length, playing.prompt)) {
                playing.ending = Ending.TOKENS;
                between = new int[0];
            }
        }
        playing.context = TurnTokens.join(said, between);
        playing.turns.add(new Episode.Turn(drawn.ids(), action(drawn), answer.reward(), answer.observation(), between));
    }

    private @Nullable Ending ending(Completion drawn, Answer answer, int turn) {
        if (answer.error() != null) {
            return Ending.FAILED;
        }
        if (answer.done()) {
            return Ending.DONE;
        }
        if (!drawn.finished()) {
            return Ending.CUT;
        }
        return turn == limits.maxTurns() ? Ending.TURNS : null;
    }

    /** Whether another turn of the largest length fits behind so many tokens. */
    private boolean fits(int tokens, PromptTokens prompt) {
        int most = Math.min(forwards.generator().maxLength(), prompt.tokens() + limits.maxEpisodeTokens());
        return tokens + rollouts.drawing().maxNewTokens() <= most;
    }
}
