package org.align4j.core.data.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.layout.FileLayout;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.read.RowParser;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.NotedRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.rules.BadRows;
import org.align4j.core.error.Culprit;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/** Reads rows of any layout and writes each in another one, as a stream. */
public final class Converter {
    private static final String TIE = "says that neither answer is better; --ties keep writes it with tie true";

    /** The layouts whose grades are ranks, of which a difference says nothing of how much better an answer is. */
    private static final Set<RowFormat> RANKED = Set.of(RowFormat.NECTAR, RowFormat.NEMO);

    private final RowSource source;
    private final ConversionRules rules;
    private final BesideFields besides;
    private final Consumer<Map<String, @Nullable Object>> output;
    private final Conversion conversion = new Conversion();
    private boolean graded;
    private boolean gapped;
    private int next;

    private Converter(RowSource source, ConversionRules rules, Consumer<Map<String, @Nullable Object>> output) {
        this.source = source;
        this.rules = rules;
        this.besides = new BesideFields(rules.templates());
        this.output = output;
    }

    /**
     * Converts all rows of some files.
     *
     * @param source the files, and how they are read
     * @param output takes the rows that are written, in order
     * @param watcher told how many rows more were read
     * @throws InputException where a file or a row can't be read, or a rule speaks of what no row has
     */
    public static Conversion convert(
            RowSource source,
            ConversionRules rules,
            Consumer<Map<String, @Nullable Object>> output,
            IntConsumer watcher) {
        Converter converter = new Converter(source, rules, output);
        source.files().forEach(file -> converter.read(file, watcher));
        converter.requireUseOfRules();
        return converter.conversion;
    }

    private void read(Path file, IntConsumer watcher) {
        OneFile rows = new OneFile(file.toString());
        int count;
        try {
            count = RatedNeighbours.read(file, rows.seenBy(watcher));
        } catch (InputException e) {
            throw e.about(Culprit.data(file.toString()));
        }
        conversion.source(new Conversion.Source(file.toString(), rows.layout(), rows.evidence(), count));
        rows.parser.unread().stream()
                .filter(key -> !besides.keeps(key) && !key.equals(RankedAnswers.DIFFERENCE))
                .forEach(conversion::leaveBehind);
    }

    private void requireUseOfRules() {
        if (rules.pairs() != null && !graded) {
            throw new InputException("pairs chooses among several graded answers, but no row has such; drop --pairs.");
        }
        if (rules.minGap() != null && !gapped) {
            throw new InputException(
                    "min-gap compares ranks, ratings or margins, but no row has such; drop --min-gap.");
        }
    }

    /** Converts the rows of one file. */
    private final class OneFile implements ObjectFile.Receiver {
        private final String file;
        private final Pairing pairing = rules.choice();
        private final RowParser parser = new RowParser(source.format(), source.columns(), RowKind.ANY, pairing);
        private final FileLayout others =
                new FileLayout(source.format(), source.columns(), rules.target() == TargetLayout.MESSAGES, pairing);
        private @Nullable String grades;
        private String keys = "";

        OneFile(String file) {
            this.file = file;
        }

        String layout() {
            RowFormat other = others.format();
            if (other != null) {
                return other.label();
            }
            return grades == null ? parser.layout().label() : "graded answers";
        }

        String evidence() {
            if (grades != null) {
                return "a row has " + grades;
            }
            RowFormat other = others.format();
            RowFormat layout = other == null ? parser.layout() : other;
            return source.format() == RowFormat.AUTO
                    ? "the first row has " + keys + "; such rows have " + layout.keys()
                    : "--from says so; such rows have " + layout.keys();
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            StopSignal.throwIfStopped();
            Origin origin = new Origin(file, line, next++);
            try {
                convert(origin, fields);
            } catch (InputException e) {
                bad(origin, e);
            }
        }

        @Override
        public void joined(int line) {
            conversion.join(new Origin(file, line, next++));
        }

        @Override
        public void broken(int line, InputException error) {
            bad(new Origin(file, line, next++), error);
        }

        private void bad(Origin origin, InputException error) {
            if (rules.badRows() == BadRows.ERROR) {
                throw error.about(origin.culprit());
            }
            String message = String.valueOf(error.getMessage());
            String start = origin.place() + ": ";
            conversion.leaveOut(origin, message.startsWith(start) ? message.substring(start.length()) : message);
        }

        private void convert(Origin origin, Map<String, @Nullable Object> fields) {
            Map<String, @Nullable Object> row =
                    rules.templates().isEmpty() ? fields : FieldTemplate.apply(rules.templates(), origin, fields);
            FileLayout.Translation other = others.translate(origin, row);
            RankedAnswers answers =
                    other == null && source.format() == RowFormat.AUTO ? RankedAnswers.of(origin, row) : null;
            List<Map<String, @Nullable Object>> written = new ArrayList<>();
            String reason;
            keys = keys.isEmpty() ? "the keys " + Shortened.list(row.keySet()) : keys;
            if (other != null) {
                reason = translated(origin, other, written);
            } else if (answers == null) {
                reason = single(origin, row, written);
            } else {
                graded = true;
                gapped = true;
                grades = grades == null ? answers.evidence() : grades;
                answers.unread().stream().filter(key -> !besides.keeps(key)).forEach(conversion::leaveBehind);
                reason = several(origin, answers.rows(rules.choice()), written);
            }
            if (reason != null) {
                conversion.leaveOut(origin, reason);
                return;
            }
            written.forEach(made -> made.putAll(besides.of(origin, row, fields)));
            written.forEach(output);
            conversion.convert(origin, fields, written);
        }

        /** Writes what a row of another maker's layout says; returns why nothing was written, or null. */
        private @Nullable String translated(
                Origin origin, FileLayout.Translation row, List<Map<String, @Nullable Object>> written) {
            row.notes().forEach(conversion::note);
            List<Map<String, @Nullable Object>> pairs = new ArrayList<>();
            for (Map<String, @Nullable Object> translated : row.rows()) {
                Map<String, @Nullable Object> pair = new LinkedHashMap<>(translated);
                Object difference = pair.get(RankedAnswers.DIFFERENCE);
                graded |= difference != null || row.rows().size() > 1;
                if (difference != null && !RANKED.contains(row.layout().format())) {
                    pair.putIfAbsent("margin", difference);
                }
                pairs.add(pair);
            }
            String reason = several(origin, pairs, written);
            others.settle(row.layout());
            return reason;
        }

        /** Writes the pairs of several answers; returns why none was made, or null. */
        private @Nullable String several(
                Origin origin, List<Map<String, @Nullable Object>> pairs, List<Map<String, @Nullable Object>> written) {
            Map<String, Integer> unmade = new LinkedHashMap<>();
            for (Map<String, @Nullable Object> pair : pairs) {
                String reason = single(origin, pair, written);
                if (reason != null) {
                    unmade.merge(reason, 1, Integer::sum);
                }
            }
            if (written.isEmpty()) {
                return pairs.size() == 1
                        ? unmade.keySet().iterator().next()
                        : "gives no pair: each " + String.join(", or ", unmade.keySet());
            }
            unmade.forEach(conversion::leavePairsOut);
            return null;
        }

        /** Writes a row of this project's layouts; returns why not, or null. */
        private @Nullable String single(
                Origin origin, Map<String, @Nullable Object> row, List<Map<String, @Nullable Object>> written) {
            NotedRow noted = parser.parseOwn(origin, row).get(0);
            noted.notes().forEach(note -> conversion.note(note.sentence()));
            RowContent parts = RowContent.of(noted.row()).orElse(null);
            if (parts == null) {
                return "has transcripts that differ before their last answers";
            }
            boolean tie = parts.kind() == RowContent.Kind.PAIR
                    && Boolean.TRUE.equals(row.get(source.columns().inFile("tie")));
            if (tie && rules.ties() == TieRule.DROP) {
                return TIE;
            }
            if (!tie && tooClose(parts, row)) {
                return "has answers that are less than min-gap " + rules.minGap() + " apart";
            }
            return write(parts, tie, written);
        }

        private boolean tooClose(RowContent parts, Map<String, @Nullable Object> row) {
            Object gap = row.get(RankedAnswers.DIFFERENCE) instanceof Number far ? far : parts.margin();
            if (!(gap instanceof Number number)) {
                return false;
            }
            gapped = true;
            return rules.minGap() != null && Math.abs(number.doubleValue()) < rules.minGap();
        }

        private @Nullable String write(RowContent parts, boolean tie, List<Map<String, @Nullable Object>> written) {
            if (tie && (rules.target() == TargetLayout.KTO || rules.target() == TargetLayout.MESSAGES)) {
                return "is a tie, of which neither answer is said to be good or bad";
            }
            List<Map<String, @Nullable Object>> rows;
            try {
                rows = RowWriting.write(parts, rules.target());
            } catch (RowWriting.Unfit unfit) {
                return unfit.getMessage();
            }
            if (RowWriting.speaks(parts, rules.target())) {
                conversion.note(
                        "plain text becomes messages of user and assistant, so that a chat template is put around it");
            }
            for (Map<String, @Nullable Object> made : rows) {
                if (tie) {
                    made.put("tie", true);
                }
                written.add(made);
            }
            return null;
        }
    }
}
