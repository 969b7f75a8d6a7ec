package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.ConversionRules.TieRule;
import org.align4j.core.data.convert.Converter;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;

/** Reads the input as a file of rows, of the kind that its first line names, for a command of each kind and for convert. */
final class RowsFuzz implements FuzzTarget {
    private static final List<String> KINDS =
            List.of("jsonl", "json", "csv", "tsv", "jsonl.gz", "json.gz", "csv.gz", "jsonl.zst", "ndjson");

    private static final RowReader.Sink FORGETFUL = new RowReader.Sink() {
        @Override
        public void row(Row row) {}

        @Override
        public void bad(Origin origin, InputException error) {}
    };

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        int end = 0;
        while (end < Math.min(input.length, 10) && input[end] != '\n') {
            end++;
        }
        String kind = new String(input, 0, end, ISO_8859_1);
        byte[] rows = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
        Path file = FuzzFiles.write(folder, "rows." + (KINDS.contains(kind) ? kind : "jsonl"), rows);
        RowSource source = RowSource.of(file);
        InputException refused = null;
        for (RowKind each : RowKind.values()) {
            try {
                source.stepwise();
                source.reader(each).read(FORGETFUL);
            } catch (InputException e) {
                refused = e;
            }
        }
        for (TargetLayout target : TargetLayout.values()) {
            for (BadRows rule : BadRows.values()) {
                try {
                    Converter.convert(
                            source,
                            new ConversionRules(target, List.of(), null, null, TieRule.DROP, rule),
                            RowsFuzz::forget,
                            count -> {});
                } catch (InputException e) {
                    refused = e;
                }
            }
        }
        if (refused != null) {
            throw refused;
        }
    }

    private static void forget(Map<String, Object> row) {}
}
