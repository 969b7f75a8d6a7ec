package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.log.Items;
import org.align4j.core.doctor.log.Items.Numbering;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText.Texts;

/** Reads what the data should not overlap with: rows held out for evaluation, then benchmarks. Their numbers come first. */
final class OtherLogs {
    private final Logs logs;
    private final LogReader reader;
    private int firstItem;

    OtherLogs(Logs logs, LogReader reader) {
        this.logs = logs;
        this.reader = reader;
    }

    /** Takes logs that were read before, to quote rows of them. */
    OtherLogs(Logs logs, LogReader reader, int firstItem) {
        this(logs, reader);
        this.firstItem = firstItem;
    }

    /** Returns the number of the first benchmark's question. */
    int firstItem() {
        return firstItem;
    }

    /** Makes the checks that compare the data with them, and shows them every prompt. */
    List<Overlap> read(LogPlaces places) {
        List<Overlap> overlaps = new ArrayList<>();
        if (logs.heldOut() != null) {
            Overlap leakage = Overlap.leakage();
            reader.read(logs.heldOut(), places, new Prompts(leakage));
            overlaps.add(leakage);
        }
        firstItem = places.count();
        if (logs.against() != null) {
            Overlap contamination = Overlap.contamination();
            Items.read(logs.against(), places, contamination::reference);
            overlaps.add(contamination);
        }
        return overlaps;
    }

    /** Quotes rows of the other logs. */
    void quote(BitSet wanted, Excerpts excerpts) {
        if (logs.heldOut() != null && wanted.nextSetBit(0) >= 0) {
            reader.readAgain(logs.heldOut(), 0, wanted, excerpts);
        }
        if (logs.against() != null) {
            Items.read(logs.against(), Numbering.from(firstItem), (question, number) -> {
                if (wanted.get(number)) {
                    excerpts.question(question, number);
                }
            });
        }
    }

    /** Shows the prompt of each row to a check. */
    record Prompts(Overlap overlap) implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            return () -> overlap.reference(Overlap.prompt(row), row.number());
        }

        @Override
        public void bad(int number, String reason) {}
    }

    /**
     * Keeps the beginning of rows' texts, with personal data masked.
     *
     * @param kept by the row's number
     */
    record Excerpts(Map<Integer, Texts> kept) implements LogReader.Observer {
        /** Where a text is longer, its end follows an ellipsis: what two texts share is mostly their start. */
        private static final int START = 240;

        private static final int END = 160;

        @Override
        public Runnable look(LogRow row) {
            Texts texts = row.texts();
            Texts brief = new Texts(excerpt(texts.prompt()), excerpt(texts.chosen()), excerpt(texts.rejected()));
            return () -> kept.put(row.number(), brief);
        }

        /** Keeps the question of a benchmark. */
        void question(String question, int number) {
            kept.put(number, new Texts(excerpt(question), "", ""));
        }

        private static String excerpt(String text) {
            String masked = Secrets.mask(text);
            if (masked.length() <= START + END) {
                return masked;
            }
            int start = Character.isHighSurrogate(masked.charAt(START - 1)) ? START - 1 : START;
            int end = masked.length() - END;
            end = Character.isLowSurrogate(masked.charAt(end)) ? end + 1 : end;
            return masked.substring(0, start) + " … " + masked.substring(end);
        }

        @Override
        public void bad(int number, String reason) {}
    }
}
