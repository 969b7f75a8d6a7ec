package org.align4j.core.template.python;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FinderTest {
    /** Java's own search is the oracle: few letters, so that starts and ends of the part overlap. */
    @Test
    void findsWhatJavaFinds() {
        Random random = new Random(7);
        int found = 0;
        for (int round = 0; round < 3000; round++) {
            String text = letters(random, 400);
            int at = random.nextInt(300);
            int length = 1 + random.nextInt(80);
            boolean own = round % 3 > 0;
            String part = own ? text.substring(at, at + length) : letters(random, length);
            Finder finder = new Finder(part, new Budget());
            int place = random.nextInt(401);
            int first = text.indexOf(part, place);
            assertThat(finder.first(text, place))
                    .as("%s in %s from %s", part, text, place)
                    .isEqualTo(first);
            assertThat(finder.last(text, place))
                    .as("%s in %s up to %s", part, text, place)
                    .isEqualTo(text.lastIndexOf(part, place - part.length()));
            found += first >= 0 && length > 32 ? 1 : 0;
        }
        assertThat(found).isGreaterThan(100);
    }

    private static String letters(Random random, int length) {
        int kinds = 1 + random.nextInt(2);
        return random.ints(length, 'a', 'b' + kinds)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
