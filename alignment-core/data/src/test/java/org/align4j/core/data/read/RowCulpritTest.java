package org.align4j.core.data.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors about rows name the file and the line for programs too. */
class RowCulpritTest {
    @TempDir
    Path folder;

    private List<InputException> bad(Path file) {
        List<InputException> errors = new ArrayList<>();
        new RowReader(List.of(file), RowFormat.AUTO, new Columns(Map.of()), RowKind.PAIRS).read(new RowReader.Sink() {
            @Override
            public void row(Row row) {}

            @Override
            public void bad(Origin origin, InputException error) {
                errors.add(error);
            }
        });
        return errors;
    }

    @Test
    void badRowsNameTheirLine() throws IOException {
        String good = "{\"prompt\": \"q\", \"chosen\": \"a\", \"rejected\": \"b\"}\n";
        Path file = Files.writeString(
                folder.resolve("rows.jsonl"),
                good + "{\"prompt\": \"q\", \"chosen\": 7, \"rejected\": \"b\"}\n{no json\n" + good);
        assertThat(bad(file))
                .extracting(InputException::culprit)
                .containsExactly(Culprit.row(file.toString(), 2), Culprit.row(file.toString(), 3));
    }

    @Test
    void aFileWithoutRowsIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("empty.jsonl"), "");
        InputException error = catchThrowableOfType(InputException.class, () -> bad(file));
        assertThat(error.culprit()).isEqualTo(Culprit.data(file.toString()));
    }
}
