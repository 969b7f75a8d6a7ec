package org.align4j.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.StepTokens;
import org.align4j.core.text.Tokenizer;
import org.align4j.reward.report.RewardReport.JudgedSteps.JudgedAnswer;
import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.jspecify.annotations.Nullable;

/**
 * Held-out answers as the trained model judges their steps.
 *
 * @param answers the answers
 * @param logOdds what the model says of their steps
 */
record StepJudgements(List<StepTokens> answers, List<double[]> logOdds) {

    /**
     * Prepares the judged answers that the report shows, with what needs no model learned from the training answers.
     *
     * @param shown answers on which the model errs most that are shown in words
     * @param tokenizer of the words; null where rows are tokens
     */
    JudgedSteps against(List<StepTokens> training, int shown, @Nullable Tokenizer tokenizer) {
        Set<Integer> worst = worst(shown);
        Map<List<Integer>, Integer> prompts = new HashMap<>();
        List<JudgedAnswer> judged = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            StepTokens answer = answers.get(i);
            List<Integer> prompt = IntStream.of(answer.prompt()).boxed().toList();
            int number = prompts.computeIfAbsent(prompt, key -> prompts.size());
            judged.add(new JudgedAnswer(
                    answer.row(),
                    number,
                    Arrays.stream(logOdds.get(i)).boxed().toList(),
                    labels(answer),
                    tokenizer != null && worst.contains(i) ? text(answer, tokenizer) : null));
        }
        int steps = training.stream().mapToInt(StepTokens::steps).sum();
        return new JudgedSteps(usual(training, -1), byPosition(training), steps, judged);
    }

    private static List<Boolean> labels(StepTokens answer) {
        return IntStream.range(0, answer.steps()).mapToObj(answer::right).toList();
    }

    private static List<Boolean> byPosition(List<StepTokens> training) {
        int most = training.stream().mapToInt(StepTokens::steps).max().orElse(0);
        return IntStream.range(0, most).mapToObj(step -> usual(training, step)).toList();
    }

    /** The commoner label of a step, or of all for −1; right where both are as common. */
    private static boolean usual(List<StepTokens> training, int step) {
        int balance = 0;
        for (StepTokens answer : training) {
            for (int s = 0; s < answer.steps(); s++) {
                balance += step >= 0 && s != step ? 0 : answer.right(s) ? 1 : -1;
            }
        }
        return balance >= 0;
    }

    private Set<Integer> worst(int shown) {
        return IntStream.range(0, answers.size())
                .filter(i -> worstMargin(i) < 0)
                .boxed()
                .sorted(Comparator.comparingDouble(this::worstMargin))
                .limit(shown)
                .collect(Collectors.toSet());
    }

    private double worstMargin(int answer) {
        double[] own = logOdds.get(answer);
        return IntStream.range(0, own.length)
                .mapToDouble(s -> answers.get(answer).right(s) ? own[s] : -own[s])
                .min()
                .orElse(0);
    }

    private static JudgedAnswer.Text text(StepTokens answer, Tokenizer tokenizer) {
        List<String> steps = new ArrayList<>();
        int from = 0;
        for (int end : answer.ends()) {
            steps.add(tokenizer.decode(Arrays.copyOfRange(answer.completion(), from, end), true));
            from = end;
        }
        return new JudgedAnswer.Text(tokenizer.decode(answer.prompt(), false), steps);
    }
}
