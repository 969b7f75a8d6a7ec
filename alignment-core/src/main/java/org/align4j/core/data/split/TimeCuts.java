package org.align4j.core.data.split;

import org.align4j.core.data.split.DivisionRules.GroupBy;
import org.align4j.core.data.split.DivisionRules.Fractions;
import com.google.common.primitives.ImmutableLongArray;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;

/** The times at which parts begin, but for the first, in milliseconds since 1970. */
final class TimeCuts {
    /** From this number on, which is in 1973 or in the year 5138, a number means milliseconds, else seconds. */
    private static final double MILLISECONDS = 1e11;

    private final long[] cuts;

    private TimeCuts(long[] cuts) {
        this.cuts = cuts;
    }

    /** Reads the cuts that a user gave. */
    static TimeCuts of(List<String> given) {
        long[] cuts = new long[given.size()];
        for (int c = 0; c < cuts.length; c++) {
            String text = given.get(c);
            cuts[c] = parse(text)
                    .orElseThrow(() -> new InputException("cuts has " + Shortened.of(text)
                            + " but must be times, such as 2026-05-01 or 2026-05-01T12:00:00Z."));
            if (c > 0 && cuts[c] < cuts[c - 1]) {
                throw new InputException(
                        "cuts has " + text + " after " + given.get(c - 1) + "; give the earlier one first.");
            }
        }
        return new TimeCuts(cuts);
    }

    /** Finds the cuts that divide rows as fractions say; rows of one time stay together. */
    static TimeCuts find(RowStream rows, Fractions fractions) {
        ImmutableLongArray.Builder all = ImmutableLongArray.builder();
        rows.read((origin, fields) ->
                all.add(of(origin, RowKeys.field(origin, fields, "by time", GroupBy.TIME.fields()))));
        long[] times = all.build().stream().sorted().toArray();
        long[] cuts = new long[fractions.names().size() - 1];
        double share = 0;
        for (int c = 0; c < cuts.length; c++) {
            share += fractions.shares().get(c);
            cuts[c] = times[Math.min((int) Math.round(share * times.length), times.length - 1)];
        }
        return new TimeCuts(cuts);
    }

    /** Reads the time of a row. */
    static long of(Origin origin, String text) {
        return parse(text)
                .orElseThrow(() -> origin.error("the time is " + Shortened.of(text)
                        + " but must be like 2026-05-01, 2026-05-01T12:00:00Z, or seconds since 1970."));
    }

    /** Returns the part that a time belongs to. */
    int part(long time) {
        int part = 0;
        while (part < cuts.length && time >= cuts[part]) {
            part++;
        }
        return part;
    }

    /** Writes the cuts so that {@link #of(List)} reads them. */
    List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (long cut : cuts) {
            texts.add(Instant.ofEpochMilli(cut).toString());
        }
        return texts;
    }

    private static Optional<Long> parse(String text) {
        try {
            if (text.matches("[-+]?\\d{1,15}(\\.\\d*)?([eE][-+]?\\d{1,2})?")) {
                double number = Double.parseDouble(text);
                return Optional.of(Math.round(Math.abs(number) < MILLISECONDS ? number * 1000 : number));
            }
            if (text.length() == "2026-05-01".length()) {
                return Optional.of(LocalDate.parse(text)
                        .atStartOfDay()
                        .toInstant(ZoneOffset.UTC)
                        .toEpochMilli());
            }
            String iso = text.replace(' ', 'T');
            boolean zoned = iso.endsWith("Z") || iso.matches(".*T.*[-+]\\d\\d:?\\d\\d");
            return Optional.of((zoned
                            ? OffsetDateTime.parse(iso).toInstant()
                            : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC))
                    .toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }
}
