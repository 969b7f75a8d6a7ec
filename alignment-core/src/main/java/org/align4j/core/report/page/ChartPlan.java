package org.align4j.core.report.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A chart that a run may have.
 *
 * @param group the question it helps to answer
 * @param note how it is read
 * @param format of its numbers
 * @param sources what it may show
 */
record ChartPlan(String group, String title, String note, String format, List<Source> sources) {

    /**
     * A line that a chart may have.
     *
     * @param name of the metric
     */
    record Source(String name, String label, String colour) {}

    /** The charts in their order; below each question a chart's title, format and note, then name, label and colour of its lines. */
    static final List<ChartPlan> ALL = parse("""
            # Is it learning?
            Loss | number | Down is better; evaluation rising while training falls is overfitting.
              loss | training | train
              eval_loss | evaluation | eval
            Score | number | Mean score of the sampled answers.
              objective/scores | score | train
              objective/rlhf_reward | score less KL penalty | chosen
              eval_objective/scores | evaluation | eval
            Pairs won | percent | Share of pairs whose chosen answer gets the higher reward; ties count wrong. The band is the 95 % interval.
              rewards/accuracies | training | train
              accuracy | training | train
              eval_rewards/accuracies | evaluation | eval
              eval_accuracy | evaluation | eval
              eval_logps/accuracies | chosen likelier | chosen
            Margin | number | Reward of the chosen answer less that of the rejected one.
              rewards/margins | training | train
              margin | training | train
              eval_rewards/margins | evaluation | eval
              eval_margin | evaluation | eval
            Steps judged rightly | percent | Share of the steps called right or wrong as the data say; beside it the share that is right.
              step_accuracy | training | train
              eval_step_accuracy | evaluation | eval
              right_fraction | right in the data | chosen
            Tokens predicted rightly | percent | Share of the trained tokens that were the likeliest.
              mean_token_accuracy | training | train
              eval_mean_token_accuracy | evaluation | eval
            Rewards | number | β times the log-ratio to the reference. Both falling means both answers become unlikely.
              rewards/chosen | chosen | chosen
              rewards/rejected | rejected | rejected
              max_reward | largest | chosen
              mean_reward | mean | train
              min_reward | smallest | rejected
            Log-probabilities | number | Summed over the answer's tokens, in nats; the batches differ, so evaluation says more.
              logps/chosen | chosen | chosen
              logps/rejected | rejected | rejected
              eval_logps/chosen | chosen, evaluation | chosen-eval
              eval_logps/rejected | rejected, evaluation | rejected-eval
            # Is it healthy?
            Gradient norm | number | Before clipping. Spikes are single bad batches; a steady rise is trouble.
              grad_norm | gradient norm | train
            Learning rate | scientific | As applied at each step.
              learning_rate | learning rate | train
              value_learning_rate | value head | eval
            Entropy | number | Per token; a collapse towards 0 means the model repeats itself.
              entropy | training | train
              objective/entropy | policy | train
              eval_objective/entropy | evaluation | eval
              eval_entropy | evaluation | eval
            KL to the reference | number | How far the model has moved.
              kl | training | train
              objective/kl | of an answer | train
              objective/kl_k2 | by k2, penalised by | rejected
              objective/kl_k3 | by k3, penalised by | rejected
              policy/approx_kl | of one update, a token | chosen
              eval_objective/kl | evaluation | eval
            Perplexity on general text | number | Up by 5 % or more means it forgets.
              eval_guard_perplexity | guard text | eval
            Clipped | percent | Share of tokens whose ratio left the clip range.
              policy/clip_fraction | policy | train
              value/clip_fraction | value | eval
            Policy and value loss | number | Value loss should fall; policy loss hovers near 0.
              loss/policy | policy | train
              loss/value | value | eval
            Explained variance | number | Of the returns, by the value head; near 1 is good, below 0 useless.
              value/explained_variance | value head | train
            Answer length | number | In tokens.
              responses/length | mean | train
              eval_responses/length | evaluation | eval
            Different pairs of tokens | percent | Share of different pairs of neighbouring tokens among all answers (distinct-2); a fall means that they become alike.
              responses/distinct_2 | training | train
              eval_responses/distinct_2 | evaluation | eval
            Answers finished | percent | Share that ended by themselves.
              responses/finished_fraction | finished | train
              eval_responses/finished_fraction | evaluation | eval
            # What did it cost?
            Seconds of a step | number | Where the time of a step goes.
              seconds/rollout | rollout | run1
              seconds/score | score | run2
              seconds/compare | compare | run3
              seconds/improve | improve | run4
            Tokens a second | number | Tokens computed in training forwards.
              tokens_per_second | tokens a second | train
            Memory | gibibytes | Peak so far.
              peak_memory_bytes | peak | train
            """);

    private static List<ChartPlan> parse(String table) {
        List<ChartPlan> plans = new ArrayList<>();
        String group = "";
        for (String line : table.lines().toList()) {
            String[] parts = Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new);
            if (line.startsWith("# ")) {
                group = line.substring(2);
            } else if (line.startsWith(" ")) {
                int last = plans.size() - 1;
                plans.set(last, plans.get(last).with(new Source(parts[0], parts[1], parts[2])));
            } else {
                plans.add(new ChartPlan(group, parts[0], parts[2], parts[1], List.of()));
            }
        }
        return List.copyOf(plans);
    }

    private ChartPlan with(Source source) {
        List<Source> more = Stream.concat(sources.stream(), Stream.of(source)).toList();
        return new ChartPlan(group, title, note, format, more);
    }
}
