package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.align4j.core.doctor.InjectedLog.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fifteen defects of each kind among real rows: every one is found, and nothing else. */
class InjectedDefectsTest {
    private static final int ROWS = 150;
    private static final int EACH = 15;
    private static final Map<String, BiConsumer<InjectedLog, Integer>> KINDS = kinds();

    @TempDir
    Path folder;

    private static Map<String, BiConsumer<InjectedLog, Integer>> kinds() {
        Map<String, BiConsumer<InjectedLog, Integer>> kinds = new LinkedHashMap<>();
        kinds.put("schema", InjectedDefectsTest::schema);
        kinds.put("exact-duplicates", InjectedDefectsTest::duplicate);
        kinds.put("contradictions", InjectedDefectsTest::contradiction);
        kinds.put("cycles", InjectedDefectsTest::cycle);
        kinds.put("identical-answers", InjectedDefectsTest::identical);
        return kinds;
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aloneAndTogether(long seed) {
        for (String id : KINDS.keySet()) {
            check(seed, List.of(id));
        }
        check(seed, List.copyOf(KINDS.keySet()));
    }

    private void check(long seed, List<String> ids) {
        InjectedLog log = new InjectedLog(seed, ROWS);
        ids.forEach(id -> {
            for (int n = 0; n < EACH; n++) {
                KINDS.get(id).accept(log, n);
            }
        });
        Examination examination = InjectedLog.examine(log.write(folder));
        assertThat(examination.rows()).isEqualTo(log.rows().size());
        for (String id : KINDS.keySet()) {
            assertThat(InjectedLog.found(examination, id))
                    .as("%s of %s, seed %d", id, ids, seed)
                    .isEqualTo(log.expected(id));
        }
    }

    private static void schema(InjectedLog log, int n) {
        Row row = log.take();
        switch (n % 8) {
            case 0 -> row.fields.remove("rejected");
            case 1 -> row.with("chosen", null);
            case 2 -> row.with("chosen", 17);
            case 3 -> row.with("rejected", " \n");
            case 4 -> row.broken = "{\"prompt\": \"a\", \"chosen\": ".getBytes(StandardCharsets.UTF_8);
            case 5 -> row.broken = "[1, 2]".getBytes(StandardCharsets.UTF_8);
            case 6 ->
                row.broken = "{\"prompt\":\"caf\u00e9\",\"chosen\":\"a\",\"rejected\":\"b\"}"
                        .getBytes(StandardCharsets.ISO_8859_1);
            default ->
                row.broken = "{\"prompt\":\"a\",\"chosen\":\"b\",\"chosen\":\"c\",\"rejected\":\"d\"}"
                        .getBytes(StandardCharsets.UTF_8);
        }
        log.defect("schema", row);
    }

    private static void duplicate(InjectedLog log, int n) {
        Row row = log.take();
        Row copy = log.add(row.copy());
        switch (n % 4) {
            case 0 -> {}
            case 1 -> copy.with("chosen", row.text("chosen").toUpperCase(Locale.ROOT));
            case 2 ->
                copy.with("prompt", row.text("prompt").replace(" ", "  ") + "\n")
                        .with("rejected", "\u00a0" + row.text("rejected"));
            default -> copy.with("rejected", fullWidth(row.text("rejected")));
        }
        log.defect("exact-duplicates", row, copy);
    }

    /** Letters as East Asian text may have them; NFKC makes them plain. */
    private static String fullWidth(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append((char) (c >= 'a' && c <= 'z' ? c + 0xFEE0 : c)));
        return out.toString();
    }

    private static void contradiction(InjectedLog log, int n) {
        Row row = log.take();
        Row opposite = log.add(row.copy().with("chosen", row.text("rejected")).with("rejected", row.text("chosen")));
        if (n % 2 == 1) {
            opposite.with("chosen", row.text("rejected").toUpperCase(Locale.ROOT));
        }
        log.defect("contradictions", row, opposite);
    }

    /** The answers of a row and another one on a circle; each arrow is named with the one that follows it. */
    private static void cycle(InjectedLog log, int n) {
        Row first = log.take();
        String third = "Answer number " + n + " of three, which is on a circle.";
        Row second = log.add(first.copy().with("chosen", first.text("rejected")).with("rejected", third));
        Row last = log.add(first.copy().with("chosen", third).with("rejected", first.text("chosen")));
        log.defect("cycles", first, second);
        log.defect("cycles", second, last);
        log.defect("cycles", last, first);
    }

    private static void identical(InjectedLog log, int n) {
        Row row = log.take();
        String chosen = row.text("chosen");
        String longer = chosen.repeat(1 + 100 / chosen.length());
        row.with("chosen", longer)
                .with(
                        "rejected",
                        n % 2 == 0 ? longer.replace(" ", "  ") : longer.substring(0, 50) + "xy" + longer.substring(50));
        log.defect("identical-answers", row);
    }
}
