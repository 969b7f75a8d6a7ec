package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.junit.jupiter.api.Test;

/** Texts that are kept in memory and, beyond a bound, in a file. */
class KeptTextsTest {
    private static final List<String> WORDS =
            List.of("one", "gr\u00fc\u00df", "\u6f22\u5b57", "\ud83d\ude00", "", "two three");

    /** 300 rows of up to 60 words, of which 1,000 bytes are held in memory: most come back from the file. */
    @Test
    void comeBackAsTheyWere() {
        Random random = new Random(4);
        List<Texts> rows = new ArrayList<>();
        try (KeptTexts kept = new KeptTexts(1000)) {
            for (int row = 0; row < 300; row++) {
                Texts texts = new Texts(text(random), text(random), text(random));
                rows.add(texts);
                kept.add(3 * row, texts, new RowRuns.Counts(row, 1, 2));
                int earlier = random.nextInt(row + 1);
                assertThat(kept.get(3 * earlier))
                        .isEqualTo(new KeptTexts.KeptRow(rows.get(earlier), new RowRuns.Counts(earlier, 1, 2)));
            }
            assertThat(kept.get(1)).isNull();
            assertThat(kept.get(10_000)).isNull();
        }
    }

    private static String text(Random random) {
        StringBuilder out = new StringBuilder();
        for (int words = random.nextInt(20); words > 0; words--) {
            out.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return out.toString();
    }
}
