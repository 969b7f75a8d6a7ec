package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.RowRelations;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.encode.TrainingRows;
import org.align4j.core.eval.Screening;
import org.align4j.core.machine.Memory;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Says what a run would do: rows, two examples as the model will see them, and the forecast. Writes nothing.
 *
 * @param more what a method adds to the forecast, by name
 */
record DryRun(Terminal terminal, Map<String, ?> more) {
    private static final int EXAMPLES = 2;

    /**
     * Prints the report of {@code --dry-run}.
     */
    void print(TrainingSession<?> session) {
        TrainingRows<?> rows = session.rows();
        TextEncoder text = session.textIfLoaded();
        Screening screening = session.screening();
        describe(rows, screening);
        List<String> relations = RowRelations.of(rows.train(), rows.eval()).overlaps();
        relations.forEach(terminal::print);
        rows.train().stream().limit(EXAMPLES).forEach(row -> example(row, text));
        Map<String, Object> forecast = session.forecast().entries();
        forecast.putAll(more);
        terminal.print("forecast:");
        forecast.forEach((name, value) -> terminal.print("  " + name.replace('_', ' ') + ": " + shown(name, value)));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("rows", rows.report().toMap());
        document.put("training_rows", rows.train().size());
        document.put("evaluation_rows", rows.eval().size());
        document.put("relations", relations);
        document.put("warnings", screening.findings());
        document.put("forecast", forecast);
        terminal.result(document);
    }

    private void describe(TrainingRows<?> rows, Screening screening) {
        rows.report().unwrappedSentence().ifPresent(said -> terminal.print("Warning: " + said));
        terminal.print(rows.report().describeWithoutNotes().stripTrailing());
        RowReport evalReport = rows.evalReport();
        if (evalReport != null) {
            terminal.print("evaluation:");
            terminal.print(evalReport.describeHeldOut().stripTrailing());
        }
        terminal.print(format(
                "training on %d rows, evaluating on %d",
                rows.train().size(), rows.eval().size()));
        screening.findings().forEach(found -> terminal.print("Warning: " + found.text()));
        screening.sentence().ifPresent(terminal::print);
    }

    private static String shown(String name, Object value) {
        return name.endsWith("_bytes") && value instanceof Long bytes ? Memory.text(bytes) : String.valueOf(value);
    }

    private void example(TokenRow row, @Nullable TextEncoder text) {
        terminal.print("row " + row.row() + ":");
        if (row instanceof PairTokens pair) {
            show("prompt", pair.prompt(), text);
            show("chosen", pair.chosen(), text);
            show("rejected", pair.rejected(), text);
        } else if (row instanceof CompletionTokens completion) {
            show("prompt", completion.prompt(), text);
            show(completion.desirable() ? "desirable" : "undesirable", completion.completion(), text);
        } else if (row instanceof StepTokens steps) {
            show("prompt", steps.prompt(), text);
            int from = 0;
            for (int s = 0; s < steps.steps(); s++) {
                int[] step = Arrays.copyOfRange(steps.completion(), from, steps.ends()[s]);
                show("step " + s + (steps.right(s) ? ", right" : ", wrong"), step, text);
                from = steps.ends()[s];
            }
        } else if (row instanceof TextTokens sft) {
            show("text", sft.ids(), text);
            terminal.print("  trained: " + sft.trainedTokens() + " of " + sft.ids().length + " tokens");
        }
    }

    private void show(String part, int[] ids, @Nullable TextEncoder text) {
        String shown = text == null
                ? Arrays.toString(ids)
                : "\"" + text.tokenizer().decode(ids, false).replace("\n", "\\n") + "\"";
        terminal.print("  " + part + " (" + ids.length + " tokens): " + shown);
    }
}
