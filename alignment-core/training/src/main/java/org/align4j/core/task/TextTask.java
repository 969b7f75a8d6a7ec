package org.align4j.core.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.GuardText;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.task.TaskReport.TaskDifference.WeightedItems;
import org.align4j.core.task.TaskReport.TaskResult;
import org.jspecify.annotations.Nullable;

/** Perplexity: text is cut into windows of up to {@link TextPerplexity#WINDOW} tokens, each of which is an item. */
final class TextTask {
    static final String NATS = "nats_per_token";

    private final TaskModel model;
    private final TaskSettings settings;

    TextTask(TaskModel model, TaskSettings settings) {
        this.model = model;
        this.settings = settings;
    }

    TaskResult run(TaskPlan plan, IntConsumer progress) {
        Integer limit = settings.limit();
        GuardText.Cut cut = GuardText.cut(
                List.of(plan.task().file()),
                model.text().get(),
                model.policy().decoder().vocabulary(),
                Math.min(TextPerplexity.WINDOW, model.maxLength()),
                limit == null ? Integer.MAX_VALUE : limit);
        List<TextTokens> windows = cut.windows();
        windows.forEach(window -> model.budget().noteRow(window.tokens()));
        float[][] logProbs = model.budget()
                .withinMemory(() -> new TextPerplexity(model.policy(), windows, model.budget()).logProbs());
        progress.accept(windows.size());
        List<TaskItem> items = new ArrayList<>();
        for (int i = 0; i < logProbs.length; i++) {
            items.add(item(i, logProbs[i]));
        }
        return new TaskResult(plan.task(), figures(plan, items, cut.unscored()), items, 0);
    }

    private static TaskItem item(int number, float[] logProbs) {
        double sum = 0;
        for (float logProb : logProbs) {
            sum += logProb;
        }
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("tokens", logProbs.length);
        details.put("log_likelihood", sum);
        return new TaskItem(number, number, Map.of(NATS, -sum / logProbs.length), logProbs.length, details);
    }

    private Map<String, Object> figures(TaskPlan plan, List<TaskItem> items, long unscored) {
        WeightedItems weighted = WeightedItems.of(NATS, items);
        Interval interval =
                ClusteredMean.of(weighted.values(), weighted.clusters()).interval(ItemMeans.CONFIDENCE);
        double mean = ItemMeans.mean(weighted.values());
        Map<String, Object> figures = ItemMeans.begin(plan.task().kind(), items, 0);
        figures.put("tokens", Arrays.stream(weighted.values()).count());
        figures.put(TaskResult.UNSCORED, unscored);
        figures.put(NATS, mean);
        figures.put(NATS + "_interval", interval.bounds());
        figures.put("perplexity", Math.exp(mean));
        figures.put(
                "perplexity_interval",
                new Interval(Math.exp(interval.low()), Math.exp(interval.high()), ItemMeans.CONFIDENCE).bounds());
        return figures;
    }
}
