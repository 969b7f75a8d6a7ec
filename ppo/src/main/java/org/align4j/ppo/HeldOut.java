package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedRollouts;
import org.align4j.ppo.Credit.Divergences;
import org.align4j.ppo.PpoForwards.Compared;
import org.align4j.ppo.report.PpoReport.AnswerRound;
import org.align4j.ppo.rollout.Experience;
import org.jspecify.annotations.Nullable;

/**
 * What the policy answers to prompts that it doesn't train on: one response each, drawn by the same numbers each time. The first
 * few are kept for the report.
 */
final class HeldOut {
    private static final long SEED = 0x5DEECE66DL;

    private final List<PromptTokens> prompts;
    private final PpoPlan plan;
    private final Responder responder;
    private final PpoRecipe recipe;
    private final @Nullable HeldOutJudge judge;
    private @Nullable Path run;

    /**
     * @param recipe scores responses by policy and reference
     * @param judge scores them by what nothing is learnt from; null where nothing does
     */
    HeldOut(
            List<PromptTokens> prompts,
            PpoPlan plan,
            Responder responder,
            PpoRecipe recipe,
            @Nullable HeldOutJudge judge) {
        this.prompts = prompts;
        this.plan = plan;
        this.responder = responder;
        this.recipe = recipe;
        this.judge = judge;
    }

    boolean isEmpty() {
        return prompts.isEmpty();
    }

    /** Keeps answers in a run's directory from now on. */
    void keepIn(Path directory) {
        run = directory;
    }

    /** The figures of an evaluation. */
    Evaluation evaluate(Memory.State state) {
        Responder.Drawn drawn =
                responder.drawOne(prompts, plan.recipe().machine().engine().seed() ^ SEED, state.steps());
        Experience experience = responder.scored(drawn, 1);
        Compared compared = recipe.compare(experience);
        keep(experience, compared, state.steps());
        StepMetrics metrics =
                StepReport.of(experience, compared, null, Divergences.of(plan, compared), state.klCoefficient());
        if (judge != null) {
            metrics = metrics.with(judge.judge(experience, state.steps()));
        }
        return new Evaluation(metrics, new EvaluatedRollouts(experience.scores()));
    }

    private void keep(Experience experience, Compared compared, int step) {
        int shown = Math.min(plan.recipe().learning().keeping().shown().samples(), experience.size());
        boolean inWords = experience.responses().stream()
                .allMatch(
                        response -> response.text() != null && response.prompt().text() != null);
        Path directory = run;
        if (directory == null || shown == 0 || !inWords) {
            return;
        }
        boolean compares = !plan.reference().is(ReferenceChoice.Kind.NONE);
        List<AnswerRound.Scored> answers = new ArrayList<>();
        for (int i = 0; i < shown; i++) {
            Completion response = experience.responses().get(i);
            answers.add(new AnswerRound.Scored(
                    response.prompt().row(),
                    recipe.shown(response.prompt()),
                    Objects.requireNonNull(response.text()),
                    experience.scores()[i],
                    Arrays.stream(compared.policy()[i]).sum(),
                    compares ? Arrays.stream(compared.reference()[i]).sum() : null));
        }
        try {
            new AnswerRound(step, answers).addTo(directory);
        } catch (IOException e) {
            throw new RunException("answers.json could not be written: " + FileFailure.reason(e) + ".", e);
        }
    }
}
