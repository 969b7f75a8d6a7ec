package org.align4j.core.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.Forgetting;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.PairedBootstrap;
import org.align4j.core.eval.Proportion;
import org.align4j.core.report.JudgedSteps;

/**
 * What happened and whether it is better, in words.
 *
 * @param rating for the colour
 * @param headline one sentence
 * @param explanation what the headline rests on, and what not
 */
record Verdict(Rating rating, String headline, List<String> explanation) {
    enum Rating {
        BETTER,
        UNCLEAR,
        WORSE,
        UNFINISHED
    }

    static Verdict of(RunView run) {
        List<String> explanation = new ArrayList<>();
        Optional<Verdict> unfinished = unfinished(run);
        Verdict outcome = outcome(run);
        unfinished.ifPresent(ended -> explanation.addAll(ended.explanation()));
        if (unfinished.isPresent() && run.metrics().lastStep() > 0) {
            explanation.add("So far: " + lowerFirst(outcome.headline()));
        }
        explanation.addAll(outcome.explanation());
        run.scores()
                .filter(scores -> !scores.pairs().isEmpty())
                .ifPresent(scores -> explanation.add(new ScoreJudgement(scores).verdict()));
        guard(run).ifPresent(explanation::add);
        return unfinished
                .map(ended -> new Verdict(ended.rating(), ended.headline(), explanation))
                .orElseGet(() -> new Verdict(outcome.rating(), outcome.headline(), explanation));
    }

    private static Optional<Verdict> unfinished(RunView run) {
        String of = run.totalSteps() > 0 ? " of " + Wording.count(run.totalSteps()) : "";
        String at = run.step() == 0 ? "before its first step" : "at step " + Wording.count(run.step()) + of;
        String resume = "Go on with align resume " + run.path().getFileName() + ".";
        List<String> reason = run.reason().isEmpty() ? List.of(resume) : List.of(sentence(run.reason()), resume);
        return switch (run.status()) {
            case "done" -> Optional.empty();
            case "stopped" -> Optional.of(new Verdict(Rating.UNFINISHED, "The run was stopped " + at + ".", reason));
            case "failed" -> Optional.of(new Verdict(Rating.WORSE, "The run failed " + at + ".", reason));
            default ->
                Optional.of(new Verdict(
                        Rating.UNFINISHED,
                        "The run is " + at + ", or was killed there.",
                        List.of("This page shows what was written so far.")));
        };
    }

    private static Verdict outcome(RunView run) {
        if (run.metrics().lines().isEmpty()) {
            return new Verdict(Rating.UNCLEAR, "Nothing was measured yet.", List.of());
        }
        Optional<JudgedSteps> steps =
                run.steps().filter(judged -> !judged.answers().isEmpty());
        if (steps.isPresent()) {
            return steps(new StepJudgement(steps.get()));
        }
        for (String name : List.of("eval_rewards/accuracies", "eval_accuracy")) {
            Series accuracy = run.metrics().series(name);
            if (accuracy.size() > 0 && accuracy.steps()[accuracy.size() - 1] > 0) {
                return pairs(run, accuracy.last());
            }
        }
        Series answers = run.metrics().series("eval_objective/scores");
        if (answers.size() > 1) {
            return moved(
                    "The mean score of answers to held-out prompts",
                    answers.first(),
                    answers.last(),
                    true,
                    "It is the reward's opinion; read some answers before you believe it.");
        }
        Series scores = run.metrics().series("objective/scores");
        if (scores.size() > 0) {
            return moved(
                    "The mean score of the answers",
                    scores.part(0, Math.min(5, scores.size())).mean(),
                    scores.recent().mean(),
                    true,
                    "It is the reward model's opinion of the answers it was trained on;"
                            + " read some before you believe it.");
        }
        Series held = run.metrics().series("eval_loss");
        if (held.size() > 1) {
            return moved("Loss on held-out rows", held.first(), held.last(), false, "");
        }
        Series loss = run.metrics().series("loss");
        Verdict training = moved(
                "Training loss",
                loss.part(0, Math.min(5, loss.size())).mean(),
                loss.recent().mean(),
                false,
                "Nothing was held out, so whether it is better on new prompts isn't known;"
                        + " use eval-data or eval-fraction.");
        return new Verdict(Rating.UNCLEAR, training.headline(), training.explanation());
    }

    private static Verdict steps(StepJudgement judgement) {
        Proportion accuracy = judgement.accuracy();
        Interval interval = accuracy.wilson(0.95);
        PairedBootstrap.Difference gain = judgement.overUsual();
        Rating rating = !gain.clear() ? Rating.UNCLEAR : gain.mean() > 0 ? Rating.BETTER : Rating.WORSE;
        return new Verdict(
                rating,
                "The process reward model judges " + Wording.percent(accuracy.rate()) + " of "
                        + Wording.count(accuracy.trials()) + " held-out steps rightly.",
                List.of(
                        "95 % interval " + Wording.percent(interval.low()) + " to " + Wording.percent(interval.high())
                                + ".",
                        judgement.verdict()));
    }

    private static Verdict pairs(RunView run, double accuracy) {
        int rows = run.scores()
                .map(scores -> scores.pairs().size())
                .filter(pairs -> pairs > 0)
                .orElse(run.evaluationRows());
        String subject = run.command().equals("reward") ? "The reward model" : "The trained model";
        if (rows == 0 || !(accuracy >= 0 && accuracy <= 1)) {
            return new Verdict(
                    Rating.UNCLEAR,
                    subject + " prefers the chosen answer in " + Wording.percent(accuracy) + " of the held-out pairs.",
                    List.of("How many pairs that were isn't recorded, so there is no interval."));
        }
        Interval interval = Proportion.ofRate(accuracy, rows).wilson(0.95);
        String share = Wording.percent(accuracy) + " of " + Wording.count(rows) + " held-out pairs";
        String bounds = "95 % interval " + Wording.percent(interval.low()) + " to " + Wording.percent(interval.high());
        if (interval.low() > 0.5) {
            return new Verdict(
                    Rating.BETTER,
                    subject + " prefers the chosen answer in " + share + ".",
                    List.of("That is better than chance (" + bounds + "; ties count as wrong)."));
        }
        return interval.high() < 0.5
                ? new Verdict(
                        Rating.WORSE,
                        subject + " prefers the chosen answer in only " + share + ".",
                        List.of("That is worse than chance (" + bounds + "); are chosen and rejected swapped?"))
                : new Verdict(
                        Rating.UNCLEAR,
                        subject + " prefers the chosen answer in " + share + ": no clear difference from chance.",
                        List.of("The " + bounds + " includes 50 %; more pairs or more steps may tell."));
    }

    private static Verdict moved(String what, double before, double after, boolean upIsBetter, String remark) {
        String way = after > before ? "rose" : "fell";
        boolean better = after > before == upIsBetter;
        boolean still = Math.abs(after - before) <= 0.005 * Math.abs(before) || !Double.isFinite(after - before);
        Rating rating = still ? Rating.UNCLEAR : better ? Rating.BETTER : Rating.WORSE;
        String headline = still
                ? what + " hardly moved (" + Wording.number(before) + " to " + Wording.number(after) + ")."
                : what + " " + way + " from " + Wording.number(before) + " to " + Wording.number(after) + ".";
        return new Verdict(rating, headline, remark.isEmpty() ? List.of() : List.of(remark));
    }

    private static Optional<String> guard(RunView run) {
        Series guard = run.metrics().series("eval_guard_perplexity");
        if (guard.size() < 2 || !(guard.first() >= 1 && Double.isFinite(guard.first()))) {
            return Optional.empty();
        }
        Forgetting forgetting = new Forgetting(guard.first(), guard.last());
        String change = Wording.percent(Math.abs(forgetting.increaseFraction()));
        if (forgetting.alarm()) {
            return Optional.of("Perplexity on general text rose by " + change + ": it forgets.");
        }
        return Optional.of("Perplexity on general text " + (forgetting.increaseFraction() > 0 ? "rose" : "fell")
                + " by " + change + ", which is fine.");
    }

    private static String lowerFirst(String text) {
        return Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
