package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.DropReason;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Encodes every row as training would, and says which of them the model's template refuses or shortens ({@code rendering}), and which
 * are longer than training takes ({@code tokens}). All token rows of a file are in memory at a time; where a {@link ModelCheck} is asked,
 * the pairs of all files are.
 */
public final class ModelTexts {
    static final Threshold TOKENS = Threshold.any(0.01);

    private final TextEncoder encoder;
    private final int maxLength;
    private final Rendering rendering = new Rendering();
    private final @Nullable ModelCheck modelCheck;
    private final SortedMap<Integer, PairTokens> pairs = new TreeMap<>();
    private final List<Sighting> tooLong = new ArrayList<>();
    private int rows;
    private int used;
    private int apart;
    private long tokens;

    /**
     * Prepares an examination of texts as a model sees them.
     *
     * @param encoder the model's tokenizer and template
     * @param maxLength tokens that prompt and answer may have together
     */
    public ModelTexts(TextEncoder encoder, int maxLength) {
        this(encoder, maxLength, null);
    }

    private ModelTexts(TextEncoder encoder, int maxLength, @Nullable ModelCheck modelCheck) {
        this.encoder = encoder;
        this.maxLength = maxLength;
        this.modelCheck = modelCheck;
    }

    /** Returns an examination like this that asks a model about the pairs, too. */
    public ModelTexts asking(ModelCheck other) {
        return new ModelTexts(encoder, maxLength, other);
    }

    /**
     * Encodes the data.
     *
     * @param first the number of its first row
     * @param unusable the numbers of rows that can't be read, which are reported elsewhere
     */
    public List<Finding> examine(LogSource log, int first, Set<Integer> unusable) {
        try {
            return examined(log, first, unusable);
        } catch (InputException e) {
            return List.of(unrendered(e));
        }
    }

    /** Runs the checks by a model and adds their findings to those found before; they take the place of those with their id. */
    public void checkModel(List<Finding> findings) {
        if (modelCheck == null || pairs.isEmpty()) {
            return;
        }
        for (Finding finding : modelCheck.findings(pairs, List.copyOf(findings))) {
            findings.removeIf(other -> other.id().equals(finding.id()));
            findings.add(finding);
        }
    }

    /** Messages need a template, and the model may have none. */
    private static Finding unrendered(InputException reason) {
        String sentence = String.valueOf(reason.getMessage()).replaceFirst("\\.$", "");
        return new Finding(
                Rendering.ID,
                Level.RED,
                new Finding.Counted(0, 0),
                new Finding.Figure(0, null, Rendering.THRESHOLD),
                sentence + "; give a template with --chat-template.",
                Finding.Seen.NOWHERE,
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
            if (modelCheck != null) {
                keepPairs(encoded, start);
            }
            used += report.used();
            apart += report.separately();
            tokens += report.tokens();
            start += report.files().stream().mapToInt(FileSummary::rows).sum();
        }
        rows = start - first - unusable.size();
        return rows == 0 ? List.of() : List.of(rendering.finding(rows), lengths());
    }

    private void keepPairs(EncodedRows<?> encoded, int start) {
        for (TokenRow row : encoded.rows()) {
            if (row instanceof PairTokens pair) {
                pairs.putIfAbsent(start + pair.row(), pair);
            }
        }
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
                "Rows over %,d tokens are left out of training unless you say otherwise; raise --max-length.",
                maxLength);
        return Finding.ofCount("tokens", TOKENS, rows, tooLong, advice)
                .with("tokens", tokens)
                .with("rows_that_fit", used)
                .with("prompts_that_are_no_token_prefix", apart);
    }

    /** A model that is asked about the pairs of the data, once all of them are encoded. */
    public interface ModelCheck {
        /**
         * Returns findings about the pairs by a model.
         *
         * @param pairs those that training would use, by the number of their row
         * @param before what was found without a model
         * @return findings of its own, and others in place of those before that have their id
         */
        List<Finding> findings(SortedMap<Integer, PairTokens> pairs, List<Finding> before);
    }

    /** Gathers, from rows that were encoded, which of them the model's template refuses and what it writes otherwise than they say. */
    static final class Rendering {
        static final String ID = "rendering";
        static final Threshold THRESHOLD = Threshold.ANY_IS_RED;
        private static final String ADVICE =
                "Training refuses such rows, since the model would not see what they say; give another template with"
                        + " --chat-template, or leave the rows out with --fix rendering.";
        private static final String NOTES_ADVICE =
                "The template leaves something out or writes something else than the rows say; look at it with align"
                        + " render --rows 3.";

        private final List<Sighting> refused = new ArrayList<>();
        private final Map<String, Integer> notes = new LinkedHashMap<>();
        private int unwrapped;
        private int used;

        /**
         * Adds rows that were encoded.
         *
         * @param drops those that are not used
         * @param report what is reported of the others
         * @param first the number of the first of them
         * @param unusable the numbers of rows that can't be read, which are reported elsewhere
         */
        public void add(List<Drop> drops, RowReport report, int first, Set<Integer> unusable) {
            for (Drop drop : drops) {
                int row = first + drop.row();
                if (drop.reason() == DropReason.BAD_ROW && !unusable.contains(row)) {
                    refused.add(Sighting.of(row, drop.detail().replaceFirst("^\\Q" + drop.place() + "\\E: ?", "")));
                }
            }
            report.notes().forEach((note, places) -> notes.merge(note, places.count(), Integer::sum));
            unwrapped += report.unwrapped();
            used += report.used();
        }

        /**
         * Returns the finding about rendering.
         *
         * @param rows how many there are that can be read
         */
        public Finding finding(int rows) {
            Finding finding = Finding.ofCount(ID, THRESHOLD, rows, refused, ADVICE);
            if (notes.isEmpty()) {
                return finding;
            }
            Finding noted = finding.with("notes", new LinkedHashMap<>(notes));
            if (unwrapped > 0) {
                noted = noted.with(PlainStrings.ROWS, unwrapped).with(PlainStrings.SHARE, (double) unwrapped / used);
                String said = RowReport.unwrappedSentence(unwrapped, used) + " " + PlainStrings.ADVICE;
                return finding.level() == Level.GREEN
                        ? noted.at(Level.AMBER, said)
                        : noted.at(finding.level(), said + " " + finding.advice());
            }
            return finding.level() == Level.GREEN ? noted.at(Level.AMBER, NOTES_ADVICE) : noted;
        }
    }
}
