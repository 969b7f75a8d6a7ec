package org.align4j.core.compare.judge;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.generate.Completion;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Holding;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.Rewards;
import org.align4j.core.session.Computing;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.implicit.ImplicitReward;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.text.Message;
import org.align4j.core.text.PromptCompletion;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * {@code reward:DIR}: a reward model or process reward model, which reads answers with its own tokenizer and template; and every
 * other value that {@code align ppo --reward} takes, such as {@code reward:lexicon:FILE}.
 */
public final class RewardJudgeSource implements JudgeSource {
    private static final int BYTES = 256;

    @Override
    public String usage() {
        return "reward:DIR";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        if (!ModelPlace.isModel(named)) {
            Rewards.require(named);
            Rewards.requireNew(List.of(named), Judges.asksService(named) ? options.rewardKey() : null);
        }
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        if (named.startsWith(ImplicitJudgeSource.BEGIN)) {
            return ofModel(named, named.substring(ImplicitJudgeSource.BEGIN.length()), setting);
        }
        return ModelPlace.isModel(named) ? ofModel(named, named, setting) : ofRule(named, setting);
    }

    /**
     * Opens a reward that runs a model.
     *
     * @param reward as {@code --reward} takes it
     * @param named the model, run or adapter whose tokenizer and template read the answers
     */
    static Judge ofModel(String reward, String named, JudgeSetting setting) {
        Computing computing = Computing.of(setting.engine());
        Path model = ModelPlace.ofAny(named, setting.log().downloads()).model();
        Decoder decoder = Families.decoder(ConfigJson.read(model.resolve("config.json")));
        TokenBudget budget = new TokenBudget(
                Footprint.usualTokens(
                        decoder,
                        computing.dtype(),
                        computing.engine().profile(),
                        Holding.resident(computing.precision()).bytes(decoder)),
                decoder.maxPositions(),
                setting.log()::note);
        RewardFunction opened =
                Rewards.open(reward, new RewardContext(computing.engine(), computing.precision(), model, 0, budget));
        return new RewardJudge(opened, new CandidateTokens(TemplateOptions.USUAL.encoder(model)));
    }

    private static Judge ofRule(String named, JudgeSetting setting) {
        Rewards.require(named);
        Computing computing = Computing.of(setting.engine());
        RewardContext context = new RewardContext(
                        computing.engine(),
                        computing.precision(),
                        Path.of(""),
                        BYTES,
                        TokenBudget.of(Integer.MAX_VALUE))
                .with(new RewardContext.Terms(
                        setting.options().rewardKey(),
                        RewardContext.Terms.USUAL.timeout(),
                        setting.log()::note,
                        null,
                        RewardContext.Terms.USUAL.judgeKey()));
        return new RewardJudge(Rewards.open(named, context), new CandidateTokens(null));
    }

    /** Scores answers by a reward. An answer that the reward can't score, such as one that is too long for it, has no grade. */
    private record RewardJudge(RewardFunction reward, CandidateTokens tokens) implements ScoreJudge {
        private static final int WINDOW = 256;

        @Override
        public List<Grade> grade(List<Candidate> candidates, IntConsumer progress) {
            List<Grade> grades = new ArrayList<>();
            for (int from = 0; from < candidates.size(); from += WINDOW) {
                List<Candidate> window = candidates.subList(from, Math.min(candidates.size(), from + WINDOW));
                grades.addAll(window(window));
                progress.accept(window.size());
            }
            return grades;
        }

        /** Scores some answers at once; where the reward refuses, one by one, to tell which. */
        private List<Grade> window(List<Candidate> candidates) {
            try {
                List<Completion> completions =
                        candidates.stream().map(tokens::completion).toList();
                List<Grade> grades = new ArrayList<>();
                for (double score : reward.scores(completions)) {
                    grades.add(Grade.of(score));
                }
                return grades;
            } catch (InputException refused) {
                return candidates.size() == 1
                        ? List.of(Grade.none(String.valueOf(refused.getMessage())))
                        : candidates.stream()
                                .flatMap(candidate -> window(List.of(candidate)).stream())
                                .toList();
            }
        }

        @Override
        public void close() {
            reward.close();
        }
    }

    /**
     * Turns an answer into the tokens that a judge's model reads: messages by its chat template, plain text as {@code align score} reads
     * it. A judge without a tokenizer gets the bytes in UTF-8 as tokens.
     *
     * @param text the judge's tokenizer and template; null where it has none
     */
    private record CandidateTokens(@Nullable TextEncoder text) {
        private static final int BYTE = 0xFF;

        /** Returns an answer as a policy's completion, with its texts. */
        Completion completion(Candidate candidate) {
            int row = candidate.prompt().row();
            PromptCompletion tokens = encode(candidate);
            PromptTokens prompt =
                    new PromptTokens(row, tokens.prompt(), candidate.prompt().text());
            return new Completion(prompt, 0, tokens.completion(), candidate.answer(), true);
        }

        /** Encodes prompt and answer. */
        PromptCompletion encode(Candidate candidate) {
            List<Message> messages = candidate.prompt().messages();
            TextEncoder encoder = text;
            if (encoder == null) {
                return new PromptCompletion(
                        bytes(" " + candidate.prompt().text()), bytes(candidate.answer()), true, java.util.Set.of());
            }
            return messages != null && encoder.hasTemplate()
                    ? encoder.encode(messages, List.of(Message.of("assistant", candidate.answer())), null)
                    : encoder.encode(candidate.prompt().text(), candidate.answer());
        }

        private static int[] bytes(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = bytes[i] & BYTE;
            }
            return ids;
        }
    }

    /** {@code implicit:RUN}: the log-ratio of a policy that was trained by DPO to its reference, times the run's beta. */
    public static final class ImplicitJudgeSource implements JudgeSource {
        static final String BEGIN = "implicit:";

        @Override
        public String usage() {
            return BEGIN + "RUN";
        }

        @Override
        public void require(String named, JudgeOptions options) {
            ImplicitReward.requireUsable(named);
        }

        @Override
        public Judge open(String named, JudgeSetting setting) {
            return RewardJudgeSource.ofModel(BEGIN + named, named, setting);
        }
    }
}
