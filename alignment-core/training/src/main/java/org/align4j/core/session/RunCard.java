package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.hub.DatasetName;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunBinding;
import org.align4j.core.run.RunBinding.RecordedChange;
import org.align4j.core.run.RunDirectory;

/** The model card of a run that has come to its end, made of what its directory says. */
final class RunCard {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What says more of the machine than of the adapter, or is in the table of facts. */
    private static final Set<String> LEFT_OUT =
            Set.of("step", "seconds", "tokens_per_second", "peak_memory_bytes", "learning_rate", "grad_norm", "epoch");

    private final ModelCard plain;
    private final MethodFigures known;

    /**
     * Makes the cards of a run.
     *
     * @param plain the card of any of the run's checkpoints
     * @param known the method's figures
     */
    public RunCard(ModelCard plain, MethodFigures known) {
        this.plain = plain;
        this.known = known;
    }

    /** The card of a checkpoint. */
    public ModelCard ofCheckpoint() {
        return plain;
    }

    /** The card of what the run has come to. */
    public ModelCard of(RunDirectory run) {
        return of(new Run(run.path()), run.binding().changes());
    }

    /** Returns the card of what a run that is only read has come to. */
    public ModelCard of(Run run) {
        return of(run, RunBinding.of(run.manifest()).changes());
    }

    private ModelCard of(Run run, List<RecordedChange> changes) {
        DataOptions data = run.options(DataOptions.class);
        List<String> datasets = data.names().stream()
                .filter(DatasetName::isOne)
                .map(name -> DatasetName.parse(name).repository())
                .distinct()
                .toList();
        return new ModelCard(
                plain.product(),
                plain.baseModel(),
                plain.method(),
                datasets,
                new ModelCard.Figures(madeFrom(run, data, changes), figures(run)),
                "",
                settings(run),
                null);
    }

    private Map<String, String> madeFrom(Run run, DataOptions data, List<RecordedChange> changes) {
        Map<String, Object> manifest = run.manifest();
        Map<String, String> made = new LinkedHashMap<>();
        made.put("base model", "`" + plain.baseModel() + "`");
        made.put("data", names(data.data()));
        run.hash("data").ifPresent(hash -> made.put("data, SHA-256 of its tokens", "`" + hash + "`"));
        if (manifest.get("rows") instanceof Map<?, ?> read) {
            made.put("rows", rows(read) + "; " + manifest.get("training_rows") + " trained on");
        }
        if (manifest.get("eval_rows") instanceof Map<?, ?> read) {
            made.put("evaluation data", names(data.evalData()) + "; " + rows(read));
        } else if (evaluationRows(manifest) > 0) {
            made.put("evaluation data", evaluationRows(manifest) + " rows of the data, with prompts of their own");
        }
        made.put("optimizer steps", String.valueOf(run.result().step()));
        changes.stream()
                .map(change -> change.name() + " " + PublicNames.of(change.before()) + " \u2192 "
                        + PublicNames.of(change.after()) + " after step " + change.step())
                .reduce((earlier, later) -> earlier + "; " + later)
                .ifPresent(all -> made.put("changed on the way", all));
        made.put("seed", String.valueOf(manifest.get("seed")));
        made.put("computed in", String.valueOf(manifest.get("dtype")));
        made.put("Align4J", String.valueOf(manifest.get("align4j")));
        made.put("PyTorch", manifest.get("pytorch") + " (libtorch, through DJL)");
        made.put("Java", String.valueOf(manifest.get("java")).replaceFirst(".* ", ""));
        return made;
    }

    private static int evaluationRows(Map<String, Object> manifest) {
        return manifest.get("evaluation_rows") instanceof Number count ? count.intValue() : 0;
    }

    private static String names(List<String> data) {
        return data.stream().map(name -> "`" + PublicNames.of(name) + "`").collect(Collectors.joining(", "));
    }

    private static String rows(Map<?, ?> report) {
        Map<String, Long> dropped = new LinkedHashMap<>();
        if (report.get("dropped") instanceof Map<?, ?> reasons) {
            reasons.forEach((reason, rows) -> dropped.put(
                    String.valueOf(reason),
                    rows instanceof Map<?, ?> counted && counted.get("count") instanceof Number count
                            ? count.longValue()
                            : 0L));
        }
        String reasons = dropped.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        long all = dropped.values().stream().mapToLong(Long::longValue).sum();
        return report.get("read") + " read, " + report.get("used") + " used, " + all + " dropped"
                + (reasons.isEmpty() ? "" : " (" + reasons + ")");
    }

    private Map<String, String> figures(Run run) {
        int rows = evaluationRows(run.manifest());
        Map<String, String> figures = new LinkedHashMap<>();
        run.result().metrics().values().forEach((name, value) -> {
            if (!LEFT_OUT.contains(name.replaceFirst("^" + Figure.EVALUATION, ""))) {
                figures.put(name, figure(name, value, rows));
            }
        });
        return figures;
    }

    private String figure(String name, double value, int rows) {
        String text = format(Math.abs(value) >= 1e6 ? "%.0f" : "%.4g", value);
        boolean accuracy = known.meaning(Meaning.ACCURACY).stream()
                .anyMatch(figure -> figure.evaluationName().equals(name));
        if (!accuracy || rows == 0 || !(value >= 0 && value <= 1)) {
            return text;
        }
        Interval interval = Proportion.ofRate(value, rows).wilson(0.95);
        return format("%s (95 %% interval %.4g to %.4g, %d rows)", text, interval.low(), interval.high(), rows);
    }

    /** The options that are set, a line each as in config.yaml. */
    private static String settings(Run run) {
        List<String> lines = new ArrayList<>();
        JSON.<JsonNode>valueToTree(run.options()).properties().forEach(option -> {
            JsonNode value = option.getValue();
            boolean set = !value.isNull() && !(value.isContainerNode() && value.isEmpty());
            if (set && !option.getKey().equals("out")) {
                lines.add(option.getKey() + ": " + shortened(value) + "\n");
            }
        });
        return String.join("", lines);
    }

    /** A value as JSON, which is YAML too. */
    private static String shortened(JsonNode value) {
        if (value.isArray()) {
            List<String> items = new ArrayList<>();
            value.forEach(item -> items.add(shortened(item)));
            return "[" + String.join(", ", items) + "]";
        }
        if (value.isTextual()) {
            String name = PublicNames.of(value.textValue());
            return name.matches("[A-Za-z][\\w/.-]*")
                    ? name
                    : JSON.getNodeFactory().textNode(name).toString();
        }
        return value.toString();
    }
}
