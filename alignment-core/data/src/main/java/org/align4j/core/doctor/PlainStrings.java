package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;

/**
 * Rows whose prompt and response are plain strings but read like the turns of a chat: a prompt that ends as a sentence does, a response
 * that begins as one. A model with a chat template is trained on them without it. What the template makes of rows is known with a
 * model, whose finding takes this one's place.
 */
final class PlainStrings implements Check.InParts {
    /** The figure of rows that are plain strings. */
    static final String ROWS = "plain_rows";
    /** The figure of their share. */
    static final String SHARE = "plain_share";

    static final String ADVICE =
            "Give --wrap chat, which makes a user's message and an assistant's of them, or rows of messages"
                    + " (align convert --to openai).";
    private static final Threshold THRESHOLD = new Threshold(0.5, null);
    private static final String TURNS = "turns";

    private int rows;
    private int turns;

    @Override
    public String id() {
        return ModelTexts.Rendering.ID;
    }

    @Override
    public Runnable look(LogRow row) {
        if (row.texts().prompt().isEmpty() || row.texts().chosen().isEmpty()) {
            return NOTHING;
        }
        boolean turn =
                row.form().plain() && isTurn(row.texts().prompt(), row.texts().chosen());
        return () -> {
            rows++;
            turns += turn ? 1 : 0;
        };
    }

    /** Whether two texts read like what a user says and what is answered, not like one text that goes on. */
    private static boolean isTurn(String prompt, String response) {
        char end = prompt.charAt(prompt.length() - 1);
        int start = response.codePointAt(0);
        return ".?!:\u3002\uff1f\uff01".indexOf(end) >= 0
                && (Character.isUpperCase(start) || Character.isDigit(start) || Character.isIdeographic(start));
    }

    @Override
    public Noted noted() {
        return new Noted().plus(Noted.ROWS, rows).plus(TURNS, turns);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        long found = all.count(TURNS);
        if (found == 0) {
            return Optional.empty();
        }
        Finding finding = all.finding(id(), THRESHOLD, ADVICE).orElseThrow();
        double share = (double) found / finding.rows();
        Level level = THRESHOLD.level(share);
        String advice = format(
                "%,d of %,d rows (%.1f %%) are plain strings that read like the turns of a chat; a model with a chat"
                        + " template is trained on other text than a chat shows it. %s --model says whether yours has"
                        + " one.",
                found, finding.rows(), 100 * share, ADVICE);
        return Optional.of(finding.at(level, level == Level.GREEN ? "" : advice)
                .with(ROWS, found)
                .with(SHARE, share));
    }
}
