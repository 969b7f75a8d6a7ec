package org.align4j.core.data.convert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.align4j.core.data.convert.ConversionRules.FieldTemplate;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.ConversionRules.TieRule;
import org.align4j.core.data.file.MessageTexts;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.layout.FileLayout;
import org.align4j.core.data.read.RowParser;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/** Reads rows of any layout and writes each in another one, as a stream. */
public final class Converter {
    private static final String CHECK = "is a gold or repeated vote, which checks the person who gave it";
    private static final String TIE = "says that neither answer is better; --ties keep writes it with tie true";

    /** The layouts whose grades are ranks, of which a difference says nothing of how much better an answer is. */
    private static final Set<RowFormat> RANKED = Set.of(RowFormat.NECTAR, RowFormat.NEMO);

    private final RowSource source;
    private final ConversionRules rules;
    private final BesideFields besides;
    private final Consumer<Map<String, @Nullable Object>> output;
    private final Conversion conversion;
    private int next;

    private Converter(
            RowSource source,
            ConversionRules rules,
            int first,
            int named,
            Consumer<Map<String, @Nullable Object>> output) {
        this.source = source;
        this.rules = rules;
        this.besides = new BesideFields(rules.templates());
        this.next = first;
        this.conversion = new Conversion(named);
        this.output = output;
    }

    /**
     * Converts all rows of some files.
     *
     * @param source the files, and how they are read
     * @param output takes the rows that are written, in order
     * @param watcher receives how many rows more were read
     * @throws InputException where a file or a row can't be read, or a rule speaks of what no row has
     */
    public static Conversion convert(
            RowSource source,
            ConversionRules rules,
            Consumer<Map<String, @Nullable Object>> output,
            IntConsumer watcher) {
        Converter converter = new Converter(source, rules, 0, Integer.MAX_VALUE, output);
        source.files().forEach(file -> converter.read(file, file.toString(), watcher));
        converter.conversion.requireUse(rules);
        return converter.conversion;
    }

    /**
     * Converts the rows of one file of many, which others convert at the same time. Of what became of all, {@link Conversion#requireUse} refuses
     * what {@link #convert} would.
     *
     * @param file one file, and how it is read
     * @param name what rows and messages call it
     * @param first the number of its first row among those of all files
     * @param output takes the rows that are written, in order
     * @throws InputException where the file or a row can't be read
     */
    public static Conversion convertOne(
            RowSource file,
            String name,
            int first,
            ConversionRules rules,
            Consumer<Map<String, @Nullable Object>> output) {
        Converter converter = new Converter(file, rules, first, Conversion.NAMED, output);
        converter.read(file.files().get(0), name, rows -> {});
        return converter.conversion;
    }

    private void read(Path file, String name, IntConsumer watcher) {
        OneFile rows = new OneFile(name);
        int count = source.read(file, rules.templates().isEmpty(), rows.seenBy(watcher));
        Way way = rows.way();
        conversion.source(new Conversion.Source(name, way.layout(), way.evidence(), count));
        leaveBehind(way);
    }

    private void leaveBehind(Way way) {
        way.parser.unread().keySet().stream()
                .filter(key -> !besides.keeps(key) && !key.equals(RankedAnswers.DIFFERENCE))
                .forEach(conversion::leaveBehind);
    }

    /** Converts the rows of one file. The first row that fits what is written decides its layout; others may have their own. */
    private final class OneFile implements ObjectFile.Receiver {
        private final String file;
        private @Nullable Way settled;
        private Way tried = new Way(new RowParser(source.format(), source.columns(), RowKind.WHOLE, rules.choice()));

        OneFile(String file) {
            this.file = file;
        }

        /** Returns how the file was read: as its first row that fits what is written, else as its last one. */
        Way way() {
            return settled == null ? tried : settled;
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> fields) {
            StopSignal.throwIfStopped();
            Origin origin = new Origin(file, line, next++);
            Way first = settled;
            try {
                if (first == null) {
                    tried = new Way(tried.parser.fresh());
                    settled = tried.convert(origin, fields) ? tried : null;
                } else {
                    first.convert(origin, fields);
                }
            } catch (InputException e) {
                if (first == null || source.format() != RowFormat.AUTO || !otherwise(first, origin, fields)) {
                    bad(origin, e);
                }
            }
        }

        /** Converts a row that doesn't fit the file's layout by its own keys; false where it can't be read by them either. */
        private boolean otherwise(Way first, Origin origin, Map<String, @Nullable Object> fields) {
            Way own = new Way(first.parser.fresh());
            try {
                if (own.convert(origin, fields) && own.format() != first.format()) {
                    conversion.note(RowParser.noteOf(own.format(), first.format()));
                }
            } catch (InputException e) {
                return false;
            }
            leaveBehind(own);
            return true;
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
            conversion.leaveOut(origin, origin.reason(error));
        }
    }

    /** Converts rows of one layout, which the first of them shows. */
    private final class Way {
        private final RowParser parser;
        private final FileLayout others = new FileLayout(
                source.format(), source.columns(), rules.target() == TargetLayout.MESSAGES, rules.choice());
        private final List<String> notes = new ArrayList<>();
        private @Nullable String grades;
        private String keys = "";
        private boolean unfit;

        Way(RowParser parser) {
            this.parser = parser;
        }

        RowFormat format() {
            RowFormat other = others.format();
            return other == null ? parser.layout() : other;
        }

        String layout() {
            return grades == null || others.format() != null ? format().label() : "graded answers";
        }

        String evidence() {
            if (grades != null) {
                return "a row has " + grades;
            }
            return source.format() == RowFormat.AUTO
                    ? "the first row has " + keys + "; such rows have " + format().keys()
                    : "--from says so; such rows have " + format().keys();
        }

        /**
         * Converts a row, or leaves it out.
         *
         * @return false where it holds what the layout that is written can't
         * @throws InputException where it can't be read
         */
        boolean convert(Origin origin, Map<String, @Nullable Object> fields) {
            notes.clear();
            unfit = false;
            Map<String, @Nullable Object> made =
                    rules.templates().isEmpty() ? fields : FieldTemplate.apply(rules.templates(), origin, fields);
            Map<String, @Nullable Object> row = MessageTexts.read(made, notes::add);
            FileLayout.Translation other = others.translate(origin, row);
            RankedAnswers answers =
                    other == null && source.format() == RowFormat.AUTO ? RankedAnswers.of(origin, row) : null;
            List<Map<String, @Nullable Object>> written = new ArrayList<>();
            String reason;
            keys = keys.isEmpty() ? "the keys " + Shortened.list(row.keySet()) : keys;
            if (other != null) {
                reason = FileLayout.isCheck(origin, row) ? CHECK : translated(origin, other, written);
            } else if (answers == null) {
                reason = single(origin, row, written);
            } else {
                conversion.seeGrades();
                conversion.seeGap();
                grades = grades == null ? answers.evidence() : grades;
                answers.unread().stream().filter(key -> !besides.keeps(key)).forEach(conversion::leaveBehind);
                reason = several(origin, answers.rows(rules.choice()), written);
            }
            notes.forEach(conversion::note);
            if (reason != null) {
                conversion.leaveOut(origin, reason);
                if (unfit) {
                    conversion.seeUnfit();
                }
                return !unfit;
            }
            written.forEach(one -> one.putAll(besides.of(origin, row, fields)));
            written.forEach(output);
            conversion.convert(origin, fields, written);
            return true;
        }

        /** Writes what a row of another maker's layout says; returns why nothing was written, or null. */
        private @Nullable String translated(
                Origin origin, FileLayout.Translation row, List<Map<String, @Nullable Object>> written) {
            notes.addAll(row.notes());
            List<Map<String, @Nullable Object>> pairs = new ArrayList<>();
            for (Map<String, @Nullable Object> translated : row.rows()) {
                Map<String, @Nullable Object> pair = new LinkedHashMap<>(translated);
                Object difference = pair.get(RankedAnswers.DIFFERENCE);
                if (difference != null || row.rows().size() > 1) {
                    conversion.seeGrades();
                }
                if (difference != null && !RANKED.contains(row.layout().format())) {
                    pair.putIfAbsent("margin", difference);
                }
                pairs.add(pair);
            }
            String reason =
                    pairs.isEmpty() ? "says nothing of which answer is better" : several(origin, pairs, written);
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
            Row one = parser.parseOwn(origin, row).get(0);
            notes.addAll(one.notes());
            if (one.kind() == Row.Kind.APART) {
                return "has transcripts that differ before their last answers";
            }
            boolean tie =
                    one.isPair() && Boolean.TRUE.equals(row.get(source.columns().inFile("tie")));
            if (tie && rules.ties() == TieRule.DROP) {
                return TIE;
            }
            if (!tie && tooClose(one, row)) {
                return "has answers that are less than min-gap " + rules.minGap() + " apart";
            }
            return write(one, tie, written);
        }

        private boolean tooClose(Row one, Map<String, @Nullable Object> row) {
            Object gap = row.get(RankedAnswers.DIFFERENCE) instanceof Number far
                    ? far
                    : one.grades().margin();
            if (!(gap instanceof Number number)) {
                return false;
            }
            conversion.seeGap();
            return rules.minGap() != null && Math.abs(number.doubleValue()) < rules.minGap();
        }

        private @Nullable String write(Row one, boolean tie, List<Map<String, @Nullable Object>> written) {
            if (tie && (rules.target() == TargetLayout.KTO || rules.target() == TargetLayout.MESSAGES)) {
                return "is a tie, of which neither answer is said to be good or bad";
            }
            String reason = RowWriting.unfit(one, rules.target());
            if (reason != null) {
                unfit = true;
                return reason;
            }
            if (RowWriting.becomesMessages(one, rules.target())) {
                notes.add(
                        "plain text becomes messages of user and assistant, so that a chat template is put around it");
            }
            for (Map<String, @Nullable Object> made : RowWriting.write(one, rules.target())) {
                if (tie) {
                    made.put("tie", true);
                }
                written.add(made);
            }
            return null;
        }
    }
}
