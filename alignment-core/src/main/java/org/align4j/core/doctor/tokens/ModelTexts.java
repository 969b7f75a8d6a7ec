package org.align4j.core.doctor.tokens;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.DropReason;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.rules.BadRows;
import org.align4j.core.data.rules.RowRules;
import org.align4j.core.data.rules.TooLong;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Level;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;

/**
 * Encodes every row as training would, and tells which of them the model's template refuses or shortens ({@code rendering}), and which
 * are longer than training takes ({@code tokens}). All token rows are in memory at a time, a file after the other.
 */
public final class ModelTexts {
    static final Threshold TOKENS = Threshold.any(0.01);

    private final TextEncoder encoder;
    private final int maxLength;
    private final Rendering rendering = new Rendering();
    private final List<Sighting> tooLong = new ArrayList<>();
    private int rows;
    private int used;
    private int apart;
    private long tokens;

    /**
     * Prepares an examination.
     *
     * @param encoder the model's tokenizer and template
     * @param maxLength tokens that prompt and answer may have together
     */
    public ModelTexts(TextEncoder encoder, int maxLength) {
        this.encoder = encoder;
        this.maxLength = maxLength;
    }

    /**
     * Encodes the data.
     *
     * @param first the number of its first row
     * @param unusable the numbers of rows that can't be read, which are told elsewhere
     */
    public List<Finding> examine(LogSource log, int first, Set<Integer> unusable) {
        try {
            return examined(log, first, unusable);
        } catch (InputException e) {
            return List.of(unrendered(e));
        }
    }

    /** Messages need a template, and the model may have none. */
    private static Finding unrendered(InputException reason) {
        String sentence = String.valueOf(reason.getMessage()).replaceFirst("\\.$", "");
        return new Finding(
                Rendering.ID,
                Level.RED,
                0,
                0,
                0,
                null,
                Rendering.THRESHOLD,
                sentence + "; give a template with --chat-template.",
                List.of(),
                List.of(),
                Map.of());
    }

    private List<Finding> examined(LogSource log, int first, Set<Integer> unusable) {
        int start = first;
        for (Path file : log.source().files()) {
            EncodedRows<?> encoded = encode(log, file);
            RowReport report = encoded.report();
            rendering.add(encoded.drops(), report, start, unusable);
            for (Drop drop : encoded.drops()) {
                note(drop, start + drop.row());
            }
            used += report.used();
            apart += report.separately();
            tokens += report.tokens();
            start += report.files().stream().mapToInt(FileSummary::rows).sum();
        }
        rows = start - first - unusable.size();
        return rows == 0 ? List.of() : List.of(rendering.finding(rows), lengths());
    }

    private EncodedRows<?> encode(LogSource log, Path file) {
        RowEncoder rowEncoder = new RowEncoder(
                () -> encoder,
                encoder.tokenizer().vocabularySize(),
                new RowRules(BadRows.DROP, TooLong.DROP, maxLength));
        RowSource source = log.only(file);
        return switch (log.kind(file)) {
            case COMPARISONS -> rowEncoder.comparisons(source);
            case RESPONSES -> rowEncoder.responses(source);
            case STEPS_OR_RESPONSES -> rowEncoder.stepsOrResponses(source, "\n");
            case TEXTS -> rowEncoder.texts(source);
            case PROMPTS -> rowEncoder.prompts(source);
            default -> rowEncoder.any(source);
        };
    }

    private void note(Drop drop, int row) {
        if (drop.reason() == DropReason.TOO_LONG || drop.reason() == DropReason.PROMPT_TOO_LONG) {
            tooLong.add(Sighting.of(row, drop.reason().text()));
        }
    }

    private Finding lengths() {
        String advice = format(
                "Rows over %,d tokens are left out of training unless told otherwise; raise --max-length.", maxLength);
        return Finding.ofCount("tokens", TOKENS, rows, tooLong, advice)
                .with("tokens", tokens)
                .with("rows_that_fit", used)
                .with("prompts_that_are_no_token_prefix", apart);
    }
}
