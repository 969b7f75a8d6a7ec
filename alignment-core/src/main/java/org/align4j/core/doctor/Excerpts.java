package org.align4j.core.doctor;

import java.util.Map;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Texts;

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
