package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.junit.jupiter.api.Test;

/** The similarity of two rows against sets of strings. */
class RowRunsTest {
    private static final double PART = 0.5;

    @Test
    void agreesWithSetsOfStrings() {
        Random random = new Random(7);
        int alike = 0;
        for (int n = 0; n < 2000; n++) {
            Texts one = new Texts(text(random), text(random), text(random));
            Texts other = new Texts(
                    changed(random, one.prompt()), changed(random, one.chosen()), changed(random, one.rejected()));
            double expected = similarity(one, other);
            double found = new RowRuns(one).similarity(other, new RowRuns(other).counts(), PART, 0.3);
            assertThat(found).as("%s against %s", one, other).isCloseTo(expected < 0.3 ? 0 : expected, within(1e-9));
            alike += found > 0 ? 1 : 0;
        }
        assertThat(alike).isBetween(300, 1900);
    }

    private static double similarity(Texts one, Texts other) {
        Set<String> shared = new HashSet<>();
        Set<String> either = new HashSet<>();
        String[][] parts = {
            {one.prompt(), other.prompt()}, {one.chosen(), other.chosen()}, {one.rejected(), other.rejected()}
        };
        for (int part = 0; part < parts.length; part++) {
            Set<String> first = runs(parts[part][0], part);
            Set<String> second = runs(parts[part][1], part);
            Set<String> both = new HashSet<>(first);
            both.retainAll(second);
            Set<String> all = new HashSet<>(first);
            all.addAll(second);
            if (!all.isEmpty() && (double) both.size() / all.size() < PART) {
                return 0;
            }
            shared.addAll(both);
            either.addAll(all);
        }
        return (double) shared.size() / either.size();
    }

    private static Set<String> runs(String text, int part) {
        Set<String> runs = new HashSet<>();
        for (int i = 0; i + 5 <= text.length(); i++) {
            runs.add(part + text.substring(i, i + 5));
        }
        if (!text.isEmpty() && text.length() < 5) {
            runs.add(part + text);
        }
        return runs;
    }

    private static String text(Random random) {
        StringBuilder out = new StringBuilder();
        for (int length = random.nextInt(60); length > 0; length--) {
            out.append((char) ('a' + random.nextInt(3)));
        }
        return out.toString();
    }

    private static String changed(Random random, String text) {
        StringBuilder out = new StringBuilder(text);
        for (int edits = random.nextInt(4); edits > 0 && out.length() > 0; edits--) {
            out.setCharAt(random.nextInt(out.length()), 'z');
        }
        return out.toString();
    }
}
