package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.align4j.core.doctor.IdenticalAnswers.EditDistance;
import org.junit.jupiter.api.Test;

/** The band against the whole table. */
class EditDistanceTest {
    @Test
    void agreesWithTheWholeTable() {
        Random random = new Random(1);
        for (int n = 0; n < 3000; n++) {
            String one = text(random, random.nextInt(12));
            String other = random.nextBoolean() ? text(random, random.nextInt(12)) : changed(random, one);
            int distance = distance(one, other);
            for (int most = 0; most <= 6; most++) {
                assertThat(EditDistance.within(one, other, most))
                        .as("%s, %s within %d", one, other, most)
                        .isEqualTo(distance <= most);
            }
        }
    }

    private static String text(Random random, int length) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            out.append("abc".charAt(random.nextInt(3)));
        }
        return out.toString();
    }

    private static String changed(Random random, String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = random.nextInt(4); i > 0 && out.length() > 0; i--) {
            int at = random.nextInt(out.length());
            switch (random.nextInt(3)) {
                case 0 -> out.deleteCharAt(at);
                case 1 -> out.insert(at, 'c');
                default -> out.setCharAt(at, 'a');
            }
        }
        return out.toString();
    }

    private static int distance(String one, String other) {
        int[][] table = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                } else {
                    int same = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                    table[i][j] = Math.min(table[i - 1][j - 1] + same, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
                }
            }
        }
        return table[one.length()][other.length()];
    }
}
