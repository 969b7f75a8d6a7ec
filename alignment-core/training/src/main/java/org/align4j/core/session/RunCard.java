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
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.hub.DatasetName;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Version;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.RecipePlan;

/** The model card that a finished run leaves next to its adapter. */
final class RunCard {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What says more of the machine than of the adapter, or is in the table of facts. */
    private static final Set<String> LEFT_OUT =
            Set.of("step", "seconds", "tokens_per_second", "peak_memory_bytes", "learning_rate", "grad_norm", "epoch");

    private final ModelCard plain;
    private final MethodFigures known;
    private final RecipePlan plan;
    private final String dataHash;
    private final TrainingRows<?> rows;

    /**
     * @param plain the card of any of the run's checkpoints
     * @param known the method's figures
     * @param dataHash of the training rows as tokens, in order
     */
    public RunCard(ModelCard plain, MethodFigures known, RecipePlan plan, String dataHash, TrainingRows<?> rows) {
        this.plain = plain;
        this.known = known;
        this.plan = plan;
        this.dataHash = dataHash;
        this.rows = rows;
    }

    /** The card of a checkpoint. */
    public ModelCard ofCheckpoint() {
        return plain;
    }

    /** The card of what the run has come to. */
    public ModelCard of(RunDirectory run) {
        List<String> datasets = plan.inputs().data().names().stream()
                .filter(DatasetName::isOne)
                .map(name -> DatasetName.parse(name).repository())
                .distinct()
                .toList();
        return new ModelCard(
                plain.product(),
                plain.baseModel(),
                plain.method(),
                datasets,
                new ModelCard.Figures(madeFrom(run), figures(run)),
                "",
                settings(run));
    }

    private Map<String, String> madeFrom(RunDirectory run) {
        Map<String, String> made = new LinkedHashMap<>();
        made.put("base model", "`" + plain.baseModel() + "`");
        made.put("data", names(plan.inputs().data().data()));
        made.put("data, SHA-256 of its tokens", "`" + dataHash + "`");
        made.put("rows", rows(rows.report()) + "; " + rows.train().size() + " trained on");
        RowReport evalReport = rows.evalReport();
        if (evalReport != null) {
            made.put("evaluation data", names(plan.inputs().data().evalData()) + "; " + rows(evalReport));
        } else if (!rows.eval().isEmpty()) {
            made.put("evaluation data", rows.eval().size() + " rows of the data, with prompts of their own");
        }
        made.put("optimizer steps", String.valueOf(run.result().step()));
        run.binding().changes().stream()
                .map(change -> change.name() + " " + PublicNames.of(change.before()) + " \u2192 "
                        + PublicNames.of(change.after()) + " after step " + change.step())
                .reduce((earlier, later) -> earlier + "; " + later)
                .ifPresent(changes -> made.put("changed on the way", changes));
        made.put("seed", String.valueOf(plan.machine().engine().seed()));
        made.put("computed in", plan.machine().engine().dtypeName());
        made.put("Align4J", Version.text());
        made.put("PyTorch", Natives.PYTORCH + " (libtorch, through DJL)");
        made.put("Java", System.getProperty("java.version"));
        return made;
    }

    private static String names(List<String> data) {
        return data.stream().map(name -> "`" + PublicNames.of(name) + "`").collect(Collectors.joining(", "));
    }

    private static String rows(RowReport report) {
        String reasons = report.droppedByReason().entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        return report.read() + " read, " + report.used() + " used, " + report.droppedRows() + " dropped"
                + (reasons.isEmpty() ? "" : " (" + reasons + ")");
    }

    private Map<String, String> figures(RunDirectory run) {
        Map<String, String> figures = new LinkedHashMap<>();
        run.result().metrics().values().forEach((name, value) -> {
            if (!LEFT_OUT.contains(name.replaceFirst("^" + Figure.EVALUATION, ""))) {
                figures.put(name, figure(name, value));
            }
        });
        return figures;
    }

    private String figure(String name, double value) {
        String text = format(Math.abs(value) >= 1e6 ? "%.0f" : "%.4g", value);
        boolean accuracy = known.meaning(Meaning.ACCURACY).stream()
                .anyMatch(figure -> figure.evaluationName().equals(name));
        if (!accuracy || rows.eval().isEmpty() || !(value >= 0 && value <= 1)) {
            return text;
        }
        Interval interval = Proportion.ofRate(value, rows.eval().size()).wilson(0.95);
        return format(
                "%s (95 %% interval %.4g to %.4g, %d rows)",
                text, interval.low(), interval.high(), rows.eval().size());
    }

    /** The options that are set, a line each as in config.yaml. */
    private static String settings(RunDirectory run) {
        List<String> lines = new ArrayList<>();
        JSON.<JsonNode>valueToTree(new Run(run.path()).options()).properties().forEach(option -> {
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
